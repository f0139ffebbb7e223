"""Public data sets: which are available, and how their files are downloaded."""
