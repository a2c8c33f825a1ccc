"""The record: register, ledger, keys, and the rules of who may do what and by when."""
