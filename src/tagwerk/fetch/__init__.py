"""Public data sets: which there are, and how their files come onto the disk."""
