"""The layout of a dataset's files, chosen by its card."""

from collections.abc import Iterator
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import FILE, Dataset
from tagwerk.readers.event_files import count_events
from tagwerk.readers.links import Tally

_BLOCK_BYTES = 1 << 23  # read at a time, since each read of a remote file waits for its server


def read(file: Path, dataset: Dataset, tally: Tally, step: int = 10_000) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, one entry per jet, from at most `step` rows at a time.

    Args:
        file: ROOT, HDF5, Parquet or .npz.
        dataset: the card.
        tally: counts links between collections.
        step: maximum number of rows (jets or events) per chunk; fewer where they are large.
    """
    identity = None
    for branches in import_module(f"tagwerk.readers.layouts.{dataset.layout}").read(file, dataset, tally, step):
        if FILE in dataset.event:
            identity = _identity(file) if identity is None else identity
            branches[FILE] = np.full(len(branches), identity)
        yield branches


def entries(file: Path, dataset: Dataset) -> int:
    """Return the number of rows (jets or events) in a file."""
    return int(import_module(f"tagwerk.readers.layouts.{dataset.layout}").entries(file, dataset))


def has_events(dataset: Dataset) -> bool:
    """Return whether the rows of such files are events, with any number of jets each; otherwise they are jets."""
    return import_module(f"tagwerk.readers.layouts.{dataset.layout}").entries is count_events


def _identity(file: Path) -> np.uint64:
    """Return a hash of a file's contents, independent of its name."""
    digest = blake2b()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return np.uint64(int.from_bytes(digest.digest()[:8], "little"))
