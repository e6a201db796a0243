"""Messages to a whole group."""
