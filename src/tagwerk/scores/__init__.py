"""Scores on disk, and how they came about."""
