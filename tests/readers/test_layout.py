"""Which layouts have events in their rows."""

import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.layout import has_events
from tests.conftest import DATASET

EVENTS = ("nanoaod", "physlite", "delphes", "edm4hep")
JETS = ("jets", "ftag", "hdf5", "parquet", "pytables", "energyflow")


@pytest.mark.parametrize("layout", [*EVENTS, *JETS])
def test_the_rows_of_a_layout_are_events_or_jets(layout):
    assert has_events(Dataset.model_validate(DATASET | {"layout": layout})) == (layout in EVENTS)
