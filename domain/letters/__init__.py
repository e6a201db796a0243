"""Letters of a group: members write to all of it, or to its officers."""
