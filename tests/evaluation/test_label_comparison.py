"""The labels of constituents of a study's taggers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.study import Study
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.evaluation.label_comparison import measure_labels
from tagwerk.evaluation.label_results import TaggerLabels
from tagwerk.scores.tagger_run import Run
from tests.conftest import DATASET, STUDY, TAGGERS, changed
from tests.evaluation.test_compared_jets import ABOUT

ORIGINS = {"wide": "Wide decay", "underlying": "Underlying event", "pileup": "Pile-up"}
P = ["p_wide", "p_underlying", "p_pileup"]


def cards(**sequence):
    keys = {"truth": "c_t", "origins": [{"name": name, "label": label} for name, label in ORIGINS.items()]} | sequence
    constituents = DATASET["sequences"]["constituents"] | keys
    dataset = Dataset.model_validate(changed(DATASET, "sequences.constituents", constituents))
    labels = Tagger.model_validate(TAGGERS["lstm"] | {"architecture": "constituent_labels", "hyperparameters": {}})
    return Cards(Study.model_validate(STUDY), dataset, {"lstm": labels})


def run(jet, truth, label, jets=4, weight=None, columns=P):
    """A run on jets that are narrow and wide in turn, with certain labels of constituents."""
    scores = pd.DataFrame({"event": np.arange(jets) // 2, "source": "toy", "label": np.arange(jets) % 2})
    scores["weight"] = np.ones(jets) if weight is None else weight
    scores[["p_narrow", "p_wide"]] = 0.5
    table = pd.DataFrame({"jet": jet, "truth": truth}).astype({"truth": np.int16})
    table[columns] = np.eye(len(columns), dtype=np.float32)[label]
    return Run(Path("toy"), ABOUT, scores, None, constituents=table)


# Narrow jets 0 and 2 have two constituents and none, wide jets 1 and 3 one and three.
JET, TRUTH, LABEL = [0, 0, 1, 3, 3, 3], [1, 2, 0, 0, -1, 1], [1, 1, 0, 0, 0, 0]


def test_constituents_are_counted_with_their_jets():
    (found,) = measure_labels(cards(), {"lstm": [run(JET, TRUTH, LABEL)]})
    assert (found.tagger, found.sequence, found.origins) == ("lstm", "constituents", ORIGINS)
    together, wide = found.samples
    assert (together.jets, together.constituents, together.unknown) == (4, 5, 1)
    assert (wide.of_class, wide.jets, wide.constituents, wide.unknown) == ("wide", 2, 3, 1)
    assert together.accuracy.value == 3 / 5
    assert wide.accuracy.value == pytest.approx(2 / 3)
    assert (together.most_frequent, wide.most_frequent) == ("wide", "wide")
    assert [each.constituents for each in together.origins] == [2, 2, 1]
    assert [each.constituents for each in wide.origins] == [2, 1, 0]


def test_constituents_have_the_weight_of_their_jet_and_jets_of_zero_weight_do_not_count():
    (found,) = measure_labels(cards(), {"lstm": [run(JET, TRUTH, LABEL, weight=[1, 0, 1, 3])]})
    together = found.samples[0]
    assert (together.jets, together.constituents) == (3, 4)
    assert together.accuracy.value == pytest.approx((1 + 3) / (1 + 1 + 3 + 3))


def test_labels_in_some_of_the_jets_are_those_of_their_constituents():
    chosen = np.array([False, True, False, True])
    some = run(JET, TRUTH, LABEL).of_jets(chosen, None)
    assert some.constituents["jet"].tolist() == [0, 1, 1, 1]
    (found,) = measure_labels(cards(), {"lstm": [some]})
    (everything,) = measure_labels(cards(), {"lstm": [run(JET, TRUTH, LABEL)]})
    assert found.samples[-1] == everything.samples[-1]  # of the wide jets, which are these


def test_values_are_means_over_the_seeds():
    seeds = [run(JET, TRUTH, LABEL), run(JET, TRUTH, [1, 2, 0, 0, 0, 1])]
    (found,) = measure_labels(cards(), {"lstm": seeds})
    assert found.samples[0].accuracy.value == pytest.approx((3 / 5 + 1) / 2)


def test_without_origins_in_the_card_the_truth_is_the_signal_decay_or_not():
    binary = run([0, 1, 1], [0, 1, 1], [0, 0, 1], columns=["p_other", "p_signal"])
    (found,) = measure_labels(cards(origins=[]), {"lstm": [binary]})
    assert list(found.origins) == ["other", "signal"]
    assert found.samples[0].accuracy.value == pytest.approx(2 / 3)


@pytest.mark.parametrize("truth", [[], [-1] * 6])
def test_without_constituents_of_known_origin_there_is_no_result(truth):
    empty = run(JET[: len(truth)], truth, LABEL[: len(truth)])
    assert measure_labels(cards(), {"lstm": [empty]}) == []


def test_a_tagger_without_labels_is_left_out():
    labelled = run(JET, TRUTH, LABEL)
    assert measure_labels(cards(), {"lstm": [replace(labelled, constituents=None)]}) == []


def test_labels_of_other_origins_are_refused():
    with pytest.raises(
        UserError, match="toy: its constituents have other origins than the dataset's card, wide, under"
    ):
        measure_labels(cards(), {"lstm": [run([0], [1], [1], columns=["p_other", "p_signal"])]})
    with pytest.raises(UserError, match="other origins"):
        measure_labels(cards(), {"lstm": [run([0], [3], [1])]})


def test_seeds_with_other_constituents_are_refused():
    seeds = [run(JET, TRUTH, LABEL), run(JET, [1, 2, 0, 0, -1, 0], LABEL)]
    with pytest.raises(
        UserError, match="toy: has other constituents than another seed of this tagger; score both again"
    ):
        measure_labels(cards(), {"lstm": seeds})


def test_results_without_all_origins_are_refused():
    (found,) = measure_labels(cards(), {"lstm": [run(JET, TRUTH, LABEL)]})
    assert TaggerLabels.model_validate_json(found.model_dump_json()) == found
    for key in ("confusion", "origins"):
        samples = [found.samples[0].model_copy(update={key: getattr(found.samples[0], key)[1:]})]
        with pytest.raises(ValidationError, match="all origins"):
            TaggerLabels.model_validate_json(found.model_copy(update={"samples": samples}).model_dump_json())
