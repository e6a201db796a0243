"""What is kept, one kind a file. A record imports no rule."""
