"""Efficiencies, their uncertainties, and the paired comparison of taggers."""
