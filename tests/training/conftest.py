"""Jets and tasks of the toy study, as the training functions take them."""

from typing import Any

import pytest

from tagwerk.jets.schema import Schema
from tagwerk.training.jets import Jets, load_jets
from tagwerk.training.task import Task
from tests.conftest import Toy, run


def load(toy: Toy, split: str, tagger: str = "lstm") -> Jets:
    """Return the toy jets of one split with the columns of a tagger."""
    return load_jets(toy.parts, split, task(toy, tagger).schema)


def task(toy: Toy, tagger: str = "lstm", epochs: int = 1, seed: int = 1, **training: Any) -> Task:
    """Return the task to train a toy tagger, with other training settings where they are given."""
    dataset, summary = toy.load()
    card = toy.load_tagger(tagger, **training)
    return Task(card, Schema.of(dataset, card.inputs), summary, epochs, seed)


def train_and_score(toy: Toy, tagger: str, folder: Any, epochs: int = 20) -> list[list[Any]]:
    """Return the arguments of the two commands that train a toy tagger and score the test jets."""
    model, scores = folder / tagger / "model", folder / tagger / "scores"
    train = ["train", toy.tagger(tagger), toy.card, toy.summary, model, *toy.parts, "--epochs", epochs, "--seed", 3]
    return [train, ["score", model, scores, *toy.parts]]


@pytest.fixture(scope="session")
def studied(toy: Toy, tensorflow: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder with the model and the scores of every toy tagger."""
    folder = tmp_path_factory.mktemp("studied")
    for tagger in ("lstm", "gru", "boosted_trees"):
        for arguments in train_and_score(toy, tagger, folder):
            assert run(*arguments) == 0
    return folder
