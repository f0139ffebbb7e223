"""Scores on disk, and their metadata."""
