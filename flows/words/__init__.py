"""What members read, in each language."""
