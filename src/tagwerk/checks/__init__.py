"""The check of jets before use: what is wrong with them, how much of it, and what to do."""
