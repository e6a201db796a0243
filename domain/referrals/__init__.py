"""Members who bring others into their group, and the reward that the group gives for it."""
