"""Who may come in from the web, what they may see there, and what is written down of it."""
