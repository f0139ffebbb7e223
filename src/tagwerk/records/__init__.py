"""Jet records on disk."""
