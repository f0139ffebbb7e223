"""The check of jets before use: which faults they have, how many, and what to do about them."""
