"""The ledger: double entry, chained by hashes, and what is read out of it."""
