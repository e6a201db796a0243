"""A group that exists already moves in, in the middle of its cycle: from its paper book to its first entry."""
