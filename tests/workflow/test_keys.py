"""Which keys of a dataset's card rerun a stage."""

import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.workflow import keys
from tests.conftest import DATASET, changed


def summary_key(*origins):
    sequence = DATASET["sequences"]["constituents"] | {"truth": "c_t"}
    sequence["origins"] = [{"name": name, "label": label} for name, label in origins]
    return keys.of_summary(Dataset.model_validate(changed(DATASET, "sequences.constituents", sequence)))


@pytest.mark.parametrize(
    ("origins", "same"),
    [
        ([("tau", "From the tau"), ("pileup", "Pile-up")], True),
        ([("pileup", "Pile-up"), ("tau", "Tau")], False),
        ([("tau", "Tau"), ("underlying", "Pile-up")], False),
    ],
)
def test_the_labels_of_origins_rerun_nothing_and_their_names_and_order_do(origins, same):
    assert (summary_key(*origins) == summary_key(("tau", "Tau"), ("pileup", "Pile-up"))) == same
