"""Three classes of weighted jets, from files to a comparison; networks with and without scalar variables."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tests.conftest import (
    DATASET,
    STUDY,
    TAGGERS,
    changed,
    ingest_and_summarise,
    run,
    toy_branches,
    train_and_score,
    write_card,
    write_cards,
    write_root,
)

pytestmark = pytest.mark.usefixtures("tensorflow")

CLASSES = ["narrow", "wide", "charged"]
CHARGED = {"name": "charged", "label": "Charged jets", "color": "#964a8b", "selection": "kind == 2"}
CARD = DATASET | {
    "weight": "jet_weight",
    "classes": [each | {"selection": f"kind == {label}"} for label, each in enumerate(DATASET["classes"])] + [CHARGED],
}
SETTINGS = {"batch_size": 16, "learning_rate": 0.03, "class_weights": {"charged": 2.0}}
DENSE = {
    "title": "dense",
    "architecture": "dense",
    "inputs": {"scalars": ["mass", "width"]},
    "hyperparameters": {"dense": [8]},
}
CARDS = {
    "lstm": TAGGERS["lstm"] | {"training": SETTINGS},
    "dense": TAGGERS["lstm"] | DENSE | {"training": SETTINGS},
    "boosted_trees": TAGGERS["boosted_trees"] | {"training": {"class_weights": {"charged": 2.0}}},
}


def branches(first, count):
    """Toy jets, of which every third is of the third class: heavy, with constituents of positive charge."""
    toy, third = toy_branches(first, count), np.arange(count) % 3 == 2
    return toy | {
        "kind": np.where(third, 2, toy["is_wide"]),
        "jet_mass": np.where(third, 180.0, toy["jet_mass"]),
        "c_charge": toy["c_charge"] * (1 - third) + third,
        "jet_weight": 1e-3 * np.random.default_rng(first).uniform(0.5, 1.5, count),
    }


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """The toy study with three classes, ingested and summarised."""
    toy = write_cards(tmp_path_factory.mktemp("three"))
    for index, file in enumerate(toy.files):
        write_root(file, branches(150 * index, 150))
    write_card(toy.card, CARD)
    write_card(toy.study, STUDY | {"taggers": list(CARDS)})
    for name, card in CARDS.items():
        write_card(toy.tagger(name), card)
    return ingest_and_summarise(toy)


def scores_of(toy, tagger, folder, card=None):
    """Train and score, with another card if given; return the table of test jets and their three scores."""
    train, score = train_and_score(toy, tagger, folder, 15)
    train[1] = write_card(folder / f"{tagger}.yaml", card or CARDS[tagger])
    assert run(*train) == 0
    assert run(*score) == 0
    table = pd.read_parquet(folder / tagger / "scores/scores.parquet")
    return table, table[[f"p_{name}" for name in CLASSES]].to_numpy()


@pytest.fixture(scope="module")
def scored(three, tmp_path_factory):
    """The folder of all runs, and the scores of each tagger."""
    folder = tmp_path_factory.mktemp("scored")
    return folder, {tagger: scores_of(three, tagger, folder) for tagger in CARDS}


@pytest.mark.parametrize("tagger", CARDS)
def test_each_class_is_separated_from_the_two_others(scored, tagger):
    table, scores = scored[1][tagger]
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert set(table.label) == {0, 1, 2}
    assert table.weight.nunique() > 0.9 * len(table)
    for label in range(3):
        assert roc_auc_score(table.label == label, scores[:, label]) > 0.85


def test_three_classes_are_compared(three, scored, tmp_path):
    assert (
        run("compare", three.study, three.summary, "--out", tmp_path / "out", *(scored[0] / tagger for tagger in CARDS))
        == 0
    )
    comparison = json.loads((tmp_path / "out/comparison.json").read_text())
    assert {tagger["name"] for tagger in comparison["taggers"]} == set(CARDS)
    assert all(tagger["metrics"]["auc"]["value"] > 0.85 for tagger in comparison["taggers"])


@pytest.mark.parametrize("tagger", ["dense", "boosted_trees"])
def test_a_class_of_negligible_weight_is_never_predicted(three, scored, tmp_path, tagger):
    card = changed(CARDS[tagger], "training.class_weights", {"charged": 1e-6})
    table, scores = scores_of(three, tagger, tmp_path, card)
    before = scored[1][tagger][1]
    assert (before.argmax(axis=1) == 2).sum() > 0.2 * len(table)
    assert not (scores.argmax(axis=1) == 2).any()


@pytest.mark.parametrize("tagger", ["dense", "boosted_trees"])
def test_a_class_left_out_of_training_is_never_predicted(three, tmp_path, tagger):
    card = changed(changed(CARDS[tagger], "training.class_weights", None), "training.classes", ["narrow", "wide"])
    table, scores = scores_of(three, tagger, tmp_path, card)
    assert set(table.label) == {0, 1, 2}
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-6)
    assert not (scores.argmax(axis=1) == 2).any()
    trained = table.label < 2
    assert roc_auc_score(table.label[trained], scores[trained, 1]) > 0.85
