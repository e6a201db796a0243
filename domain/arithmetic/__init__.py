"""What a treasurer can work out on paper: no store and no clock."""
