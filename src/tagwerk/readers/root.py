"""Jets from ROOT files that hold a jet an entry, its constituents in vector branches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import uproot

from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import names
from tagwerk.errors import UserError


def branches(dataset: Dataset) -> list[str]:
    """Return every branch that a dataset's card reads, each once."""
    wanted = [*dataset.event, *dataset.jet.branches().values()]
    for sequence in dataset.sequences.values():
        wanted += sequence.branches().values()
    for expression in dataset.expressions():
        wanted += sorted(names(expression))
    return list(dict.fromkeys(wanted))


def read(file: Path, dataset: Dataset, step: int = 10_000) -> Iterator[ak.Array]:
    """Yield the branches of a file, a record array of at most `step` jets at a time.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or there is no jet in it.
    """
    tree = _open(file, dataset.tree)
    wanted = branches(dataset)
    for name in wanted:
        if name not in tree.keys():  # noqa: SIM118 (a TTree is no dict: `in` also finds paths)
            raise UserError(f"{file}: tree '{dataset.tree}' has no branch '{name}'; {nearest(name, tree.keys())}")
    if tree.num_entries == 0:
        raise UserError(f"{file}: tree '{dataset.tree}' is empty; make the file anew or leave it out of the card")
    for start in range(0, tree.num_entries, step):
        try:
            yield tree.arrays(wanted, entry_start=start, entry_stop=start + step)
        except Exception as error:  # what uproot and the decompressors meet where bytes are wrong or missing
            raise UserError(f"{file}: is damaged near entry {start} ({_short(error)}); copy or make it anew") from None


def entries(file: Path, dataset: Dataset) -> int:
    """Return how many jets a file holds before any selection."""
    return int(_open(file, dataset.tree).num_entries)


def _open(file: Path, tree: str) -> Any:
    if not file.exists():
        raise UserError(f"{file}: no such file; make it or correct the card's key 'files'")
    if file.stat().st_size == 0:
        raise UserError(f"{file}: is empty (0 bytes); copy or make it anew")
    try:
        opened = uproot.open(file)
        keys = opened.keys(cycle=False)
        found = opened[tree] if tree in keys else None
    except Exception as error:  # whatever uproot meets in a file that is not ROOT's, or only half of one
        raise UserError(f"{file}: cannot be read as a ROOT file, it may be truncated ({_short(error)})") from None
    if found is None:
        raise UserError(f"{file}: there is no tree '{tree}'; {nearest(tree, keys)}")
    if not hasattr(found, "num_entries"):
        raise UserError(f"{file}: '{tree}' is no tree but a {found.classname}; correct the card's key 'tree'")
    return found


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__
