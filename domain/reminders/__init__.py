"""What each member is reminded of, when, and what comes of it."""
