"""Files by which groups move in: read, whatever a spreadsheet made of them, and their findings in words."""
