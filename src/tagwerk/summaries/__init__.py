"""A dataset in numbers: what training and the report need to know of it."""
