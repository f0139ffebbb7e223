"""ROOT trees that hold a jet an entry, its constituents in vector branches, as JetClass does."""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak

from tagwerk.cards.dataset import Dataset
from tagwerk.readers.branches import branches
from tagwerk.readers.trees import chunks, open_tree


def read(file: Path, dataset: Dataset, step: int = 10_000) -> Iterator[ak.Array]:
    """Yield the branches of a file, a record array of at most `step` jets at a time.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or there is no jet in it.
    """
    yield from chunks(file, dataset.tree, branches(dataset), step)


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many jets a file holds before any selection."""
    return int(open_tree(file, dataset.tree).num_entries)
