"""Keras layers with explicit masks."""
