"""A group: its founding, rules, members and officers."""
