"""From jet records and a tagger's card to a trained model."""
