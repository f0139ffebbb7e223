"""Keras layers that carry masks explicitly."""
