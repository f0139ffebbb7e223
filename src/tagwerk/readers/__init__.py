"""Jets out of the files that experiments write."""
