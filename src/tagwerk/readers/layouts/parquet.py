"""Parquet: one row per jet, as JetClass-II has it.

A column of numbers is one number per jet, a column of lists (of any or of one length) one list per jet. Fields of
records are named after their column with a dot, whether the records are in lists or not: `constituents.pt`. The card's
key `tree` does not matter, and a sequence has no key `link`. Constituents that pad lists of one length are left out by
the sequence's `selection`. A column with nulls is refused: nothing is filled in.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, naming
from tagwerk.readers.branches import branches
from tagwerk.readers.links import Tally
from tagwerk.readers.missing import missing
from tagwerk.readers.parquet_columns import Leaf, batches, leaves, open_parquet


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, a record array of at most `step` jets at a time; there are no links.

    Raises:
        UserError: the file or a column is missing, damaged or not of numbers, or a value is null.
    """
    with open_parquet(file) as opened:
        there = leaves(opened)
        names = branches(dataset)
        missing(f"{file}: there is no column", names, list(dict.fromkeys(leaf.name for leaf in there)))
        with naming(file):
            _check(dataset, names, there)
        row = 0
        for jets in batches(file, opened, [leaf for leaf in there if leaf.name in names], step):
            jets[ROW] = np.arange(row, row + len(jets))
            row += len(jets)
            yield jets


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many jets a file holds before any selection."""
    with open_parquet(file) as opened:
        return int(opened.metadata.num_rows)


def _check(dataset: Dataset, names: Sequence[str], there: Sequence[Leaf]) -> None:
    """Refuse columns that do not hold numbers or are of one name, and links."""
    often = Counter(leaf.name for leaf in there)
    for leaf in there:
        if leaf.name in names and often[leaf.name] > 1:
            raise UserError(f"{often[leaf.name]} columns are called '{leaf.name}'; rename them where the file is made")
        if leaf.name in names and not leaf.number:
            raise UserError(f"column '{leaf.name}' holds {leaf.type}, not numbers; name another column")
    for key, sequence in dataset.sequences.items():
        if sequence.link:
            raise UserError(f"key 'sequences.{key}.link': Parquet files have no links; leave it out")
