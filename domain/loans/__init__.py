"""A loan, from its request to its last shilling."""
