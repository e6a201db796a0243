"""A rotation: rounds, hands and whose turn it is."""
