"""Jet records on disk, and a dataset in numbers."""
