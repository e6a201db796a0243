"""Statements and pictures: what is in them, who may have them, and where they are sent."""
