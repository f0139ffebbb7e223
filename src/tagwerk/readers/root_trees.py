"""Branches of ROOT trees; any fault of the file is reported in one line."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import awkward as ak
import uproot

from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError
from tagwerk.readers import rntuple
from tagwerk.readers.chunk_size import row_ranges
from tagwerk.readers.faults import check_branches, first_words, read_error
from tagwerk.readers.kinds import check_readable
from tagwerk.readers.missing import check_present
from tagwerk.readers.root_header import check_header
from tagwerk.readers.root_open import NamesOnly, open_root
from tagwerk.remote import connection_fault

_MEGABYTE = 1_000_000


def open_tree(file: Path, tree: str) -> Any:
    """Return the TTree or RNTuple of that name.

    Raises:
        UserError: there is no such file or no such tree in it, or the file is empty, damaged or of another kind.
    """
    check_readable(file)
    state = file.stat()
    return _opened(file, tree, state.st_mtime_ns, state.st_size)


def tree_names(file: Path) -> list[str]:
    """Return the names of the TTrees and RNTuples of a file.

    Raises:
        UserError: there is no such file, or it is empty, damaged or of another kind.
    """
    check_readable(file)
    check_header(file)
    try:
        classes = open_root(file).classnames(cycle=False)
    except Exception as error:  # whatever uproot raises on a file that is not ROOT, or truncated
        raise _not_root(file, error) from None
    return [name for name, kind in classes.items() if kind.endswith(("TTree", "TNtuple", "TNtupleD", "RNTuple"))]


@lru_cache(maxsize=1)  # listing thousands of branches takes a second, and entries are counted first
def _opened(file: Path, tree: str, modified: int, size: int) -> Any:
    check_header(file)
    try:
        opened = open_root(file)
        keys = opened.keys(cycle=False)
    except Exception as error:  # whatever uproot raises on a file that is not ROOT, or truncated
        raise connection_fault(file, error) or _not_root(file, error) from None
    if tree not in keys:
        hint = suggestion(tree, keys) if keys else "the file has no keys: was it closed after writing?"
        raise UserError(f"{file}: there is no tree '{tree}'; {hint}")
    try:
        object_ = rntuple.with_fields(opened[tree])
        is_tree = hasattr(object_, "num_entries") and object_.num_entries >= 0 and object_.keys() is not None
    except Exception as error:  # the same for its tree, or a tree that uproot does not support
        raise connection_fault(file, error) or UserError(
            f"{file}: '{tree}' is damaged, or a {opened.classname_of(tree)} that uproot {uproot.__version__} does not"
            f" support ({first_words(error)}); recreate the file"
        ) from None
    if not is_tree:
        raise UserError(f"{file}: '{tree}' is not a tree but a {object_.classname}; correct the card's key 'tree'")
    return object_


def _not_root(file: Path, error: Exception) -> UserError:
    return UserError(f"{file}: cannot be read as a ROOT file, it may be damaged ({first_words(error)})")


def chunks(file: Path, tree: Any, wanted: list[str], step: int) -> Iterator[ak.Array]:
    """Yield branches of a tree from `open_tree`, at most `step` entries at a time, fewer where entries are large.

    A tree without entries gives one empty chunk. Names are checked first, since uproot silently drops those that an
    RNTuple does not have.

    Raises:
        UserError: a branch is missing, incomplete or of an unknown type, or the file is damaged.
    """
    check_present(f"{file}: tree '{tree.name}' has no branch", wanted, tree.keys())
    check_branches(file, tree, wanted)
    for start, stop in row_ranges(tree.num_entries, step, _row_bytes(tree, wanted)):
        try:
            yield _arrays(tree, wanted, start, stop)
        except Exception as error:  # whatever uproot and the decompressors raise on corrupt or missing bytes
            fault = connection_fault(file, error, f" near entry {start}")
            raise fault or read_error(file, tree, wanted, start, stop, error) from None


def _arrays(tree: Any, wanted: list[str], start: int, stop: int) -> ak.Array:
    if rntuple.is_rntuple(tree):
        return rntuple.arrays(tree, wanted, start, stop)
    # Without uproot's cache, which would keep arrays that are read only once.
    return tree.arrays(wanted, entry_start=start, entry_stop=stop, array_cache=None, language=NamesOnly())


def _row_bytes(tree: Any, wanted: list[str]) -> float:
    """Return the approximate number of bytes per entry, as read."""
    if hasattr(tree, "branches"):
        return float(sum(tree[name].uncompressed_bytes for name in wanted) / max(tree.num_entries, 1))
    try:
        return float(_MEGABYTE / max(rntuple.num_entries_for(tree, _MEGABYTE, wanted), 1))
    except Exception:  # the RNTuple is damaged, which is reported when it is read
        return 1.0
