"""A first dataset card for a file without one: its contents, guessed, with the evidence for each guess."""
