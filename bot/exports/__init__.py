"""Files that leave: written row by row, by hand or each night."""
