"""Figures, one a function, in the look of a high-energy physics paper."""
