"""Conversations about a group: founding, joining, rules, officers."""
