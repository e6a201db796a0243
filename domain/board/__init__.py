"""What an operator sees: all groups in figures, what has to be looked at, and whether it is as it should be."""
