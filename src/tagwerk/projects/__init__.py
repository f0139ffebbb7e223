"""Projects: folders with one's own cards, in which the workflow of Tagwerk runs."""
