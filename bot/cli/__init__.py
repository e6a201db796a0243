"""What is typed: python -m bot COMMAND."""
