"""Jets and tasks of the toy study, as the training functions take them."""

from typing import Any

import numpy as np

from tagwerk.cards.schema import schema_of
from tagwerk.training.loading import Jets, load_jets
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task
from tagwerk.training.weights import Weighing
from tests.conftest import Toy


def load(toy: Toy, split: str, tagger: str = "lstm") -> Jets:
    """Return the toy jets of one split with the columns of a tagger."""
    return load_jets(toy.parts, [split], task(toy, tagger).schema)


def split_of(jets: Jets, *pieces: Jets, factors: tuple[float, ...] = (1.0, 1.0), memory: float = 0) -> SplitJets:
    """Return jets, or several pieces of them, as training takes them."""
    return SplitJets([jets, *pieces], jets.schema, Weighing(np.array(factors)), memory)


def task(toy: Toy, tagger: str = "lstm", epochs: int = 1, seed: int = 1, **training: Any) -> Task:
    """Return the task to train a toy tagger, with other training settings where they are given."""
    dataset, summary = toy.load()
    card = toy.load_tagger(tagger, **training)
    return Task(card, schema_of(dataset, card.inputs), summary, epochs, seed)
