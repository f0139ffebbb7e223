"""The jets on which a tagger is probed: as much signal as background, whatever their number in the files."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.records.parts import parts_of
from tagwerk.robustness.sample import check_sample, chunk_of, compared_jets, read_sample


def records(labels, weights=None):
    """Return records of jets with these labels, two per event."""
    size = len(labels)
    pt = np.linspace(500, 600, size, dtype=np.float32)
    jet = ak.zip(dict.fromkeys(("pt", "eta", "phi", "mass"), pt))
    lists = ak.unflatten(ak.zip({"pt": np.ones(size, np.float32), "charge": pt}), np.ones(size, int))
    fields = {"event": np.arange(size, dtype=np.uint64) // 2, "source": ["file"] * size, "label": np.array(labels)}
    weight = np.ones(size, np.float32) if weights is None else np.array(weights, np.float32)
    return ak.zip(fields | {"weight": weight, "jet": jet, "tracks": lists, "split": ["test"] * size}, depth_limit=1)


def sample(jets, backgrounds=(0,), count=100):
    return read_sample(parts_of(jets), ["test"], ["tracks"], 1, list(backgrounds), count)


def test_half_of_the_jets_are_signal():
    found = sample(records([0] * 900 + [1] * 100 + [2] * 300))
    assert np.bincount(found.label).tolist() == [50, 50]


def test_where_a_class_has_fewer_all_of_them_are_used():
    found = sample(records([0] * 900 + [1] * 30))
    assert np.bincount(found.label).tolist() == [50, 30]


def test_several_backgrounds_keep_their_mixture():
    found = sample(records([0] * 3000 + [1] * 3000 + [2] * 1000), (0, 2), 2000)
    counts = np.bincount(found.label)
    assert counts[1] == 1000 == counts[0] + counts[2]
    assert counts[2] == pytest.approx(250, abs=60)


def test_jets_without_weight_are_left_out():
    assert len(sample(records([0, 1] * 50, [0.0, 1.0] * 50))) == 50


def test_jets_are_read_with_all_columns_and_paired_by_event():
    found = sample(records([0, 1] * 50))
    chunk, compared = chunk_of(found, ["tracks"]), compared_jets(found, 1)
    assert set(chunk.sequences["tracks"].values) == {"pt", "charge"}
    assert len(chunk) == len(compared.signal) == 100
    assert compared.event.max() == 49
    assert np.array_equal(compared.signal, chunk.label == 1)


def test_too_few_jets_are_refused_by_class():
    few = compared_jets(sample(records([1] * 60 + [2] * 10), (0, 2)), 1)
    with pytest.raises(UserError, match="10 test jets of class 'c' or 'light', but a comparison needs 25"):
        check_sample(few, "b", ["c", "light"])
    with pytest.raises(UserError, match=r"no jets of the study's classes to probe; ingest more, or raise 'robustness"):
        sample(records([2] * 50))
    with pytest.raises(UserError, match=r"raise 'robustness\.jets'"):
        sample(records([0, 1] * 50), count=0)
