"""Files of spreadsheets, read with bounds; what they say is nobody's yet."""
