"""A SACCO: share capital and dividends."""
