"""Tagwerk trains and compares taggers of hadronic jets and taus."""

__version__ = "0.1.0"
