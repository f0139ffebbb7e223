"""A first dataset card for a file that nobody has written one for: what it holds, guessed and with the evidence."""
