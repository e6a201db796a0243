"""Who may do what, and how several people agree."""
