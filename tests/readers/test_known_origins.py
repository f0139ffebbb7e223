"""The origins of constituents as they are read."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tests.conftest import DATASET, changed, jet_records

ORIGINS = [{"name": name, "label": name} for name in ("tau", "underlying", "pileup")]


def truth_of(values, origins=(), **keys):
    """The truth in the records of two jets, with these values in the file and all constituents of pT 1, 2, ..."""
    counts = ak.num(ak.Array(values))
    pt = ak.unflatten(np.arange(ak.sum(counts)) + 1.0, counts)
    branches = {"event": [1, 2], "is_wide": [0, 1], "c_pt": pt, "c_energy": pt, "c_eta": 0 * pt, "c_phi": 0 * pt}
    branches |= {"c_charge": 0 * pt, "c_t": ak.values_astype(values, np.float64)}
    branches |= {f"jet_{name}": [1.0, 1.0] for name in ("pt", "eta", "phi", "mass")}
    sequence = DATASET["sequences"]["constituents"] | {"truth": "c_t", "trees": [], "origins": list(origins)} | keys
    card = Dataset.model_validate(changed(DATASET, "sequences.constituents", sequence))
    return jet_records(ak.zip(branches, depth_limit=1), card, "x").constituents.truth.tolist()


def test_origins_stay_with_their_constituents_and_may_be_unknown():
    assert truth_of([[0, 2, -1], [1]], ORIGINS) == [[-1, 2, 0], [1]]  # in descending order of pT
    assert truth_of([[0, 1], [-1]]) == [[1, 0], [-1]]


def test_jets_without_constituents_have_no_origins():
    assert truth_of([[], [2]], ORIGINS) == [[], [2]]


@pytest.mark.parametrize(("value", "known"), [(3, 2), (-2, 2), (0.5, 2), (2, 1)])
def test_what_is_no_origin_is_refused(value, known):
    with pytest.raises(UserError) as error:
        truth_of([[0, value], [1]], ORIGINS if known == 2 else ())
    line = str(error.value)
    assert line.startswith(
        f"key 'sequences.constituents.truth': branch 'c_t' holds {value:g}, not a whole number from 0"
    )
    assert f"from 0 to {known}, " in line
    assert "-1 for unknown; correct the branch or the card" in line
    assert "\n" not in line


def test_constituents_that_are_not_selected_may_have_any_value():
    assert truth_of([[7, 1], [0]], ORIGINS, selection="pt > 1.5") == [[1], [0]]
