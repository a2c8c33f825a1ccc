"""Who people are: the key of each, and what their signatures in the ledger are worth."""
