"""Requests, and later the clock, the register and the ledger."""
