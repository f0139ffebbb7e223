"""What is to be trained."""

from dataclasses import dataclass

from tagwerk.cards.tagger import Tagger
from tagwerk.shards.schema import Schema
from tagwerk.shards.summary import Summary


@dataclass(frozen=True)
class Task:
    """What is to be trained: a tagger, the columns that it sees, the dataset in numbers, and the budget."""

    tagger: Tagger
    schema: Schema
    summary: Summary
    epochs: int
    seed: int
