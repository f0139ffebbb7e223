"""Parquet: one row per jet, as in JetClass-II.

A column of numbers is one number per jet, a column of lists (of variable or fixed length) one list per jet. Fields of
records are named after their column with a dot, whether the records are in lists or not: `constituents.pt`. The card's
key `tree` is not used, and a sequence has no key `link`. The padding of fixed-length lists is left out by the
sequence's `selection`. A column with nulls is refused, as they are never filled.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, error_context
from tagwerk.readers.branches import branches
from tagwerk.readers.links import Tally
from tagwerk.readers.missing import check_present
from tagwerk.readers.parquet_columns import Leaf, batches, leaves, open_parquet


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield what the card names and `row`, as record arrays of at most `step` jets; there are no links.

    Raises:
        UserError: the file or a column is missing, damaged or not numeric, or a value is null.
    """
    with open_parquet(file) as opened:
        known = leaves(opened)
        names = branches(dataset)
        check_present(f"{file}: there is no column", names, list(dict.fromkeys(leaf.name for leaf in known)))
        with error_context(file):
            _check_columns(dataset, names, known)
        row = 0
        for jets in batches(file, opened, [leaf for leaf in known if leaf.name in names], step):
            jets[ROW] = np.arange(row, row + len(jets))
            row += len(jets)
            yield jets


def entries(file: Path, dataset: Dataset) -> int:
    """Return the number of jets in a file, before any selection."""
    with open_parquet(file) as opened:
        return int(opened.metadata.num_rows)


def _check_columns(dataset: Dataset, names: Sequence[str], known: Sequence[Leaf]) -> None:
    """Refuse columns that are not numeric or have the same name, and links."""
    counts = Counter(leaf.name for leaf in known)
    for leaf in known:
        if leaf.name in names and counts[leaf.name] > 1:
            raise UserError(f"{counts[leaf.name]} columns are named '{leaf.name}'; rename them when writing the file")
        if leaf.name in names and not leaf.is_numeric:
            raise UserError(f"column '{leaf.name}' holds {leaf.type}, not numbers; name another column")
    for key, sequence in dataset.sequences.items():
        if sequence.link:
            raise UserError(f"key 'sequences.{key}.link': Parquet files have no links; leave it out")
