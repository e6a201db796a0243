"""Leaders write to many members, see what became of it, and members read it again."""
