"""Branches of ROOT trees, with whatever is wrong with the file said in a line."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import awkward as ak
import uproot

from tagwerk.cards.base import nearest
from tagwerk.errors import UserError
from tagwerk.readers import rntuple
from tagwerk.readers.chunk_size import spans
from tagwerk.readers.faults import check_branches, short, unreadable
from tagwerk.readers.kinds import check_readable
from tagwerk.readers.missing import missing
from tagwerk.readers.root_header import check_header

_MEGABYTE = 1_000_000


def open_tree(file: Path, tree: str) -> Any:
    """Return the TTree or RNTuple of that name.

    Raises:
        UserError: there is no such file or no such tree in it, or the file is empty, damaged or of another kind.
    """
    check_readable(file)
    state = file.stat()
    return _opened(file, tree, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)  # to read the list of thousands of branches takes a second, and entries are counted beforehand
def _opened(file: Path, tree: str, modified: int, size: int) -> Any:
    check_header(file)
    try:
        opened = uproot.open(file)
        keys = opened.keys(cycle=False)
    except Exception as error:  # whatever uproot meets in a file that is not ROOT's, or only half of one
        raise UserError(f"{file}: cannot be read as a ROOT file, it may be damaged ({short(error)})") from None
    if tree not in keys:
        held = nearest(tree, keys) if keys else "the file holds nothing: was it closed after writing?"
        raise UserError(f"{file}: there is no tree '{tree}'; {held}")
    try:
        found = rntuple.with_fields(opened[tree])
        is_tree = hasattr(found, "num_entries") and found.num_entries >= 0 and found.keys() is not None
    except Exception as error:  # the same in its tree, or one of a form that uproot does not know
        raise UserError(
            f"{file}: '{tree}' is damaged, or a {opened.classname_of(tree)} that uproot {uproot.__version__} does not"
            f" know ({short(error)}); make the file anew"
        ) from None
    if not is_tree:
        raise UserError(f"{file}: '{tree}' is no tree but a {found.classname}; correct the card's key 'tree'")
    return found


def chunks(file: Path, tree: Any, wanted: list[str], step: int) -> Iterator[ak.Array]:
    """Yield branches of a tree that `open_tree` gave, at most `step` entries at a time, fewer if these are large.

    A tree without entries gives one empty chunk. Names are compared beforehand: from an RNTuple uproot drops a missing
    one without a word.

    Raises:
        UserError: a branch is missing, incomplete or of an unknown type, or the file is damaged.
    """
    missing(f"{file}: tree '{tree.name}' has no branch", wanted, tree.keys())
    check_branches(file, tree, wanted)
    for start, stop in spans(tree.num_entries, step, _row_bytes(tree, wanted)):
        try:
            yield _arrays(tree, wanted, start, stop)
        except Exception as error:  # what uproot and the decompressors meet where bytes are wrong or missing
            raise unreadable(file, tree, wanted, start, stop, error) from None


def _arrays(tree: Any, wanted: list[str], start: int, stop: int) -> ak.Array:
    if rntuple.is_rntuple(tree):
        return rntuple.arrays(tree, wanted, start, stop)
    # Without uproot's cache, which would keep what is read once.
    return tree.arrays(wanted, entry_start=start, entry_stop=stop, array_cache=None)


def _row_bytes(tree: Any, wanted: list[str]) -> float:
    """Return about how many bytes an entry takes when it is read."""
    if hasattr(tree, "branches"):
        return float(sum(tree[name].uncompressed_bytes for name in wanted) / max(tree.num_entries, 1))
    try:
        return float(_MEGABYTE / max(rntuple.entries_of(tree, _MEGABYTE, wanted), 1))
    except Exception:  # in a damaged RNTuple, which will be said where it is read
        return 1.0
