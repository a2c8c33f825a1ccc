"""The database that is worked out from the ledger: its tables, and what is asked of it."""
