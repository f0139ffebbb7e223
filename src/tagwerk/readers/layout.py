"""The layout of a dataset's files, chosen by its card."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import awkward as ak

from tagwerk.cards.dataset import Dataset


def read(file: Path, dataset: Dataset, step: int = 10_000) -> Iterator[ak.Array]:
    """Yield the branches that the card names, one entry a jet, of at most `step` rows of the file at a time."""
    yield from import_module(f"tagwerk.readers.layouts.{dataset.layout}").read(file, dataset, step)


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many rows, jets or events, a file holds."""
    return int(import_module(f"tagwerk.readers.layouts.{dataset.layout}").entries(file, dataset))
