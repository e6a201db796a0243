"""What programmes owe their donors: rows of files, worked out from what statements and lists are."""
