"""What is wrong with the branches of a ROOT tree, by name."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from uproot.interpretation.identify import UnknownInterpretation
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import Numerical

from tagwerk.errors import UserError
from tagwerk.readers import rntuple


def check_branches(file: Path, tree: Any, names: Iterable[str]) -> None:
    """Make sure that branches hold a value for every entry, of a type that uproot can interpret.

    Raises:
        UserError: one does not, or what is noted of it is damaged.
    """
    for name in names:
        try:
            _check(file, tree, name)
        except UserError:
            raise
        except Exception as error:  # whatever uproot meets where bytes are wrong
            raise UserError(f"{file}: branch '{name}' is damaged ({short(error)}); copy or make it anew") from None


def _check(file: Path, tree: Any, name: str) -> None:
    if not hasattr(tree, "branches"):
        since = _first_element(tree, name)
        if since:
            raise UserError(
                f"{file}: field '{name}' of '{tree.name}' was added while it was written: the first {since:,} of"
                f" {tree.num_entries:,} entries have no value, and zeros would stand in for them; make the file anew"
            )
        return
    branch = tree[name]
    if isinstance(branch.interpretation, UnknownInterpretation):
        kind = branch.member("fClassName", none_if_missing=True) or branch.title
        raise UserError(
            f"{file}: branch '{name}' of '{tree.name}' is of the C++ type '{kind}', which uproot cannot interpret"
            f" ({branch.interpretation.reason[:80]}); name another branch"
        )
    if not branch.branches and branch.num_entries != tree.num_entries:
        raise UserError(
            f"{file}: branch '{name}' has {branch.num_entries:,} entries, but its tree '{tree.name}' has"
            f" {tree.num_entries:,}; make the file anew or name another branch"
        )


def _first_element(tree: Any, name: str) -> int:
    """Return from which element on the columns of an RNTuple's field, and of what is in it, have values."""
    late = [each for each in tree.column_records if each.first_element_index]
    if not late:
        return 0
    records = tree.field_records
    inside = [rntuple.find(tree, name).field_id]
    found = set(inside)
    while inside:
        parent = inside.pop()
        below = {number for number, each in enumerate(records) if each.parent_field_id == parent}
        source = records[parent].source_field_id
        inside += (new := (below | ({source} - {None})) - found)
        found |= new
    return max((each.first_element_index for each in late if each.field_id in found), default=0)


def unreadable(file: Path, tree: Any, wanted: list[str], start: int, stop: int, error: Exception) -> UserError:
    """Return what to say of branches that cannot be read, with the first that cannot by itself."""
    if isinstance(error, ImportError):
        return UserError(f"{file}: cannot be decompressed without a further package ({short(error)}); install it")
    for name in wanted:
        branch = rntuple.find(tree, name) if rntuple.is_rntuple(tree) else tree[name]
        try:
            branch.array(entry_start=start, entry_stop=stop, array_cache=None)
        except Exception as reason:
            if not _is_plain(branch):
                return UserError(
                    f"{file}: branch '{name}' ({branch.typename}) cannot be read near entry {start}: it is damaged, or"
                    f" of a type that uproot does not know ({short(reason)}); name another branch or make the file anew"
                )
            where = f"in branch '{name}'"
            return UserError(f"{file}: is damaged near entry {start}, {where} ({short(reason)}); copy or make it anew")
    return UserError(f"{file}: is damaged near entry {start} ({short(error)}); copy or make it anew")


def _is_plain(branch: Any) -> bool:
    """Return whether a branch holds numbers or lists of them, as uproot can read them all."""
    if not hasattr(branch, "interpretation"):
        return True
    read = branch.interpretation
    return isinstance(read.content if isinstance(read, AsJagged) else read, Numerical)


def short(error: Exception) -> str:
    """Return the first words of what a library says."""
    return " ".join(str(error).split())[:80] or type(error).__name__
