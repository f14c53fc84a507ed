"""What many runs have found, and the life of each finding: the store that `exposure history` reads."""
