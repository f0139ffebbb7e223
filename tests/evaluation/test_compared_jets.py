"""The test jets of signal and background, and their discriminant."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import discriminant, sample_and_scores
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.tagger_run import Run

CLASSES = ["light", "c", "b"]
ABOUT = ScoreMetadata(
    tagger="x", seed=1, engine="keras", parameters=1, training_jets=1, training_seconds=1, epochs=1, jets=1, seconds=1,
    jets_per_second=1, threads=1, versions={},
)  # fmt: skip
PROBABILITY = st.floats(0, 1, width=32)


def table(label, probabilities):
    jets = len(label)
    columns = {"event": np.arange(jets), "source": ["toy"] * jets, "label": label, "weight": np.ones(jets, np.float32)}
    p = {f"p_{name}": column for name, column in zip(CLASSES, np.float32(probabilities).T, strict=True)}
    return pd.DataFrame(columns | p)


def random_table(jets=300, label=None):
    random = np.random.default_rng(5)
    label = random.integers(0, 3, jets) if label is None else label
    return table(label, random.dirichlet([1, 1, 1], len(label)))


def test_the_discriminant_by_hand():
    jets = table([2, 2], [[0.2, 0.4, 0.4], [1, 0, 0]])
    # 0.4 / (0.4 + 0.25 · 0.4 + 0.75 · 0.2), and a jet that is certainly light.
    assert discriminant(jets, "b", {"c": 0.25, "light": 0.75}) == pytest.approx([0.4 / 0.65, 0])


def test_a_single_background_is_as_without_fractions_bit_for_bit():
    jets = random_table()
    p_b, p_c = (jets[f"p_{name}"].to_numpy(np.float64) for name in ("b", "c"))
    assert (discriminant(jets, "b", {"c": 1.0}) == p_b / (p_b + p_c)).all()


@given(st.lists(st.tuples(PROBABILITY, PROBABILITY, PROBABILITY), min_size=1, max_size=20), st.floats(0, 1))
def test_it_is_between_zero_and_one_and_increases_with_that_of_atlas(probabilities, f_c):
    jets = table([2] * len(probabilities), probabilities)
    score = discriminant(jets, "b", {"c": f_c, "light": 1 - f_c})
    assert ((score >= 0) & (score <= 1)).all()
    light, c, b = np.float64(np.float32(probabilities)).T
    rest = f_c * c + (1 - f_c) * light
    both = (b > 0) & (rest > 0)
    d_b = np.log(b[both]) - np.log(rest[both])
    assert (np.diff(score[both][np.argsort(d_b)]) >= -1e-12).all()


def test_the_background_jets_are_those_of_all_background_classes():
    jets = random_table()
    sample, scores = sample_and_scores([run(jets)], CLASSES, "b", {"c": 0.1, "light": 0.9})
    assert sample.signal.tolist() == (jets["label"] == 2).tolist()
    assert scores[0].tolist() == discriminant(jets, "b", {"c": 0.1, "light": 0.9}).tolist()
    without_light, _ = sample_and_scores([run(jets)], CLASSES, "b", "c")
    assert len(without_light.signal) == (jets["label"] != 0).sum()


def test_a_background_class_without_test_jets_is_named():
    jets = random_table(label=np.arange(100) % 2 + 1)
    with pytest.raises(UserError, match="no test jets of class 'light', but a comparison needs 25"):
        sample_and_scores([run(jets)], CLASSES, "b", {"c": 0.5, "light": 0.5})


def run(scores):
    return Run(Path("x"), ABOUT, scores, None)
