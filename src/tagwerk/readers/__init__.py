"""Jets from the files that experiments write."""
