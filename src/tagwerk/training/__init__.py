"""From jet records and a tagger card to a trained model."""

from tagwerk.surroundings import select_tensorflow

select_tensorflow()
