"""From jet records and a tagger's card to a trained model."""

from tagwerk.surroundings import choose_tensorflow

choose_tensorflow()
