"""Branches in memory instead of in a file, one entry per jet."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import FILE, ROW, Dataset
from tagwerk.readers.branches import branches
from tagwerk.readers.missing import check_present


def read_arrays(arrays: ak.Array | Mapping[str, Any], dataset: Dataset, step: int = 10_000) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, at most `step` jets at a time.

    Args:
        arrays: the branches by name, each with one number or one list of numbers per jet.
        dataset: the card.
        step: maximum number of jets per chunk.

    Raises:
        UserError: a branch is missing.
    """
    columns = {name: arrays[name] for name in (arrays.fields if isinstance(arrays, ak.Array) else arrays)}
    wanted = branches(dataset)
    check_present("the arrays have no branch", wanted, list(columns))
    jets = ak.zip({name: columns[name] for name in wanted}, depth_limit=1)
    jets[ROW] = np.arange(len(jets))
    if FILE in dataset.event:
        jets[FILE] = np.full(len(jets), _identity(jets))
    for start in range(0, max(len(jets), 1), step):
        yield jets[start : start + step]


def _identity(jets: ak.Array) -> np.uint64:
    """Return a hash of the branches' contents, as files are identified by theirs."""
    form, length, buffers = ak.to_buffers(ak.to_packed(jets))
    digest = hashlib.sha256(f"{length} {form.to_json()}".encode())
    for name in sorted(buffers):
        digest.update(np.ascontiguousarray(buffers[name]).tobytes())
    return np.uint64(int.from_bytes(digest.digest()[:8], "little"))
