"""Summaries of a dataset, for training and the report."""
