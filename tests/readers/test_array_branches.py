"""Branches in memory are chunked and identified like those of files."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import FILE, ROW, Dataset
from tagwerk.errors import UserError
from tagwerk.readers.array_branches import read_arrays
from tagwerk.readers.reading import read
from tests.conftest import DATASET, toy_branches

CARD = Dataset.model_validate(DATASET | {"event": [FILE, ROW]})


def test_chunks_have_all_rows_in_order():
    chunks = list(read_arrays(toy_branches(0, 100), CARD, step=30))
    assert [len(chunk) for chunk in chunks] == [30, 30, 30, 10]
    assert np.concatenate([np.asarray(chunk[ROW]) for chunk in chunks]).tolist() == list(range(100))


def test_events_of_other_arrays_are_other_events_and_of_the_same_the_same():
    first, second = toy_branches(0, 100), toy_branches(100, 100)
    events = [set(read(CARD, arrays).event.tolist()) for arrays in (first, second, ak.zip(first, depth_limit=1))]
    assert not events[0] & events[1]
    assert events[0] == events[2]


def test_no_jets_are_refused_or_accepted_as_in_a_file():
    none = {name: values[:0] for name, values in toy_branches(0, 20).items()}
    with pytest.raises(UserError, match=r"arrays, Dataset: error \(no_jets\): no jet passes the selections"):
        read(CARD, none)
    accepted = Dataset.model_validate(DATASET | {"checks": {"no_jets": "note"}})
    assert len(read(accepted, none)) == 0
