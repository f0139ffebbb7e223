"""The kinds of card: what a user writes, each key declared once."""
