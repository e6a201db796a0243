"""A person: who they are, how they are reached, what keeps others out."""
