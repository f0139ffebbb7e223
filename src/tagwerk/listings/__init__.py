"""What there is to choose from, and what a card says in full."""
