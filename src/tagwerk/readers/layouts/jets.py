"""ROOT trees with one jet per entry and its constituents in vector branches, as in JetClass."""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import error_context
from tagwerk.readers.branches import branches
from tagwerk.readers.event_files import keys_of
from tagwerk.readers.links import Tally
from tagwerk.readers.root_trees import chunks, open_tree


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches of a file and `row`, as record arrays of at most `step` jets; there are no links.

    Raises:
        UserError: the file, its tree or a branch is missing, or the file is damaged.
    """
    tree, row = open_tree(file, dataset.tree), 0
    with error_context(file):
        keys = keys_of(branches(dataset), tree.keys())
    for raw in chunks(file, tree, list(dict.fromkeys(keys.values())), step):
        jets = ak.zip({name: raw[key] for name, key in keys.items()}, depth_limit=1)
        jets[ROW] = np.arange(row, row + len(jets))
        row += len(jets)
        yield jets


def entries(file: Path, dataset: Dataset) -> int:
    """Return the number of jets in a file, before any selection."""
    return int(open_tree(file, dataset.tree).num_entries)
