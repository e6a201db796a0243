"""Statements and pictures as files, and in a few words where no file can go."""
