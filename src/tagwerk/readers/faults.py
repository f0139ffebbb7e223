"""Faults in the branches of a ROOT tree, reported by branch name."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from uproot.interpretation.identify import UnknownInterpretation
from uproot.interpretation.jagged import AsJagged
from uproot.interpretation.numerical import Numerical

from tagwerk.errors import UserError
from tagwerk.readers import rntuple
from tagwerk.remote import connection_fault


def check_branches(file: Path, tree: Any, names: Iterable[str]) -> None:
    """Check that branches have a value for every entry, of a type that uproot can interpret.

    Raises:
        UserError: one does not, or its metadata are damaged.
    """
    for name in names:
        try:
            _check(file, tree, name)
        except UserError:
            raise
        except Exception as error:  # whatever uproot raises on corrupt bytes
            raise connection_fault(file, error) or UserError(
                f"{file}: branch '{name}' is damaged ({first_words(error)}); copy the file again or recreate it"
            ) from None


def _check(file: Path, tree: Any, name: str) -> None:
    if not hasattr(tree, "branches"):
        first = _first_element(tree, name)
        if first:
            raise UserError(
                f"{file}: field '{name}' of '{tree.name}' was added after writing had begun: the first {first:,} of"
                f" {tree.num_entries:,} entries have no value and would read as zero; recreate the file"
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
            f" {tree.num_entries:,}; recreate the file or name another branch"
        )


def _first_element(tree: Any, name: str) -> int:
    """Return the first element for which an RNTuple's field and all its subfields have values."""
    deferred = [column for column in tree.column_records if column.first_element_index]
    if not deferred:
        return 0
    records = tree.field_records
    pending = [rntuple.find_field(tree, name).field_id]
    visited = set(pending)
    while pending:
        parent = pending.pop()
        subfields = {index for index, record in enumerate(records) if record.parent_field_id == parent}
        source = records[parent].source_field_id
        pending += (new := (subfields | ({source} - {None})) - visited)
        visited |= new
    return max((column.first_element_index for column in deferred if column.field_id in visited), default=0)


def read_error(file: Path, tree: Any, wanted: list[str], start: int, stop: int, error: Exception) -> UserError:
    """Return the error for branches that cannot be read, naming the first that cannot be read on its own."""
    if isinstance(error, ImportError):
        return UserError(f"{file}: cannot be decompressed without another package ({first_words(error)}); install it")
    for name in wanted:
        branch = rntuple.find_field(tree, name) if rntuple.is_rntuple(tree) else tree[name]
        try:
            branch.array(entry_start=start, entry_stop=stop, array_cache=None)
        except Exception as reason:  # whatever uproot raises on corrupt bytes
            if not _is_plain(branch):
                return UserError(
                    f"{file}: branch '{name}' ({branch.typename}) cannot be read near entry {start}: it is damaged, or"
                    f" uproot does not know its type ({first_words(reason)}); name another branch or recreate the file"
                )
            where = f"near entry {start}, in branch '{name}'"
            return UserError(f"{file}: is damaged {where} ({first_words(reason)}); copy it again or recreate it")
    return UserError(f"{file}: is damaged near entry {start} ({first_words(error)}); copy it again or recreate it")


def _is_plain(branch: Any) -> bool:
    """Return whether a branch holds numbers or lists of numbers, all of which uproot can read."""
    if not hasattr(branch, "interpretation"):
        return True
    interpretation = branch.interpretation
    content = interpretation.content if isinstance(interpretation, AsJagged) else interpretation
    return isinstance(content, Numerical)


def first_words(error: Exception) -> str:
    """Return the beginning of a library's error message."""
    return " ".join(str(error).split())[:80] or type(error).__name__
