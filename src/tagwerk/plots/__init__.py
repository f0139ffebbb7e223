"""Figures, one per function, in the style of a high-energy physics paper."""
