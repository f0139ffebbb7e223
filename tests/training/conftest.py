"""Jets and tasks of the toy study, for the training functions."""

from typing import Any

import numpy as np

from tagwerk.cards.input_columns import schema_of
from tagwerk.training.loading import Jets, load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import JetWeights
from tests.conftest import Toy


def load(toy: Toy, split: str, tagger: str = "lstm") -> Jets:
    """Return the toy jets of one split with the columns of a tagger."""
    return load_jets(toy.parts, [split], task(toy, tagger).schema)


def split_of(jets: Jets, *others: Jets, factors: tuple[float, ...] = (1.0, 1.0), window: int = 0) -> SplitJets:
    """Return one or several samples of jets as a split for training."""
    return SplitJets([jets, *others], jets.schema, JetWeights(np.array(factors)), window)


def task(toy: Toy, tagger: str = "lstm", epochs: int = 1, seed: int = 1, **training: Any) -> Task:
    """Return the task to train a toy tagger, with the given training settings."""
    dataset, summary = toy.load()
    card = toy.load_tagger(tagger, **training)
    return Task(card, schema_of(dataset, card.inputs), summary, epochs, seed)
