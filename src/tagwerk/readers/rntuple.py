"""Fields of RNTuples by their paths, as uproot names them: `Jet.PT` is one field of that name, or PT in records of Jet.

uproot's own look-up by name gives more than what is asked for where names recur (ROOT's importer writes helper fields
such as `_collection2.FatJet_pt` before FatJet_pt), less where a name has a dot, and nothing where there is none.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
from uproot.const import RNTupleFieldRole


@dataclass(frozen=True)
class Field:
    """A field of an RNTuple, read like a branch of a TTree.

    Attributes:
        tuple: the RNTuple.
        path: the names of the records that it is in and its own, with dots between.
        typename: its type in C++; empty for records.
        depth: how many of the collections around it are lists.
    """

    tuple: Any
    path: str
    typename: str
    depth: int

    def array(self, entry_stop: int) -> ak.Array:
        """Return the values of the first entries."""
        return arrays(self.tuple, [self.path], 0, entry_stop)[self.path]


def is_rntuple(tree: Any) -> bool:
    """Return whether what uproot opened is an RNTuple."""
    return str(tree.classname).endswith("RNTuple")


def with_fields(tree: Any) -> Any:
    """Return an RNTuple that knows its fields, and any other tree as it is.

    uproot 5.7 looks through all fields for the children of each: 27 s for the 2,451 fields of a NanoAOD.
    """
    if is_rntuple(tree):
        children: dict[int, list[Any]] = {}
        for number, record in enumerate(tree.field_records):
            if record.parent_field_id != number:
                children.setdefault(record.parent_field_id, []).append(tree.all_fields[number])
        for number in reversed(range(len(tree.field_records))):
            inside = [[*each.fields] if each.is_anonymous else [each] for each in children.get(number, [])]
            tree.all_fields[number]._fields = [field for each in inside for field in each]
    return tree


def arrays(tree: Any, paths: Sequence[str], start: int, stop: int) -> ak.Array:
    """Return the fields at these paths, one field each in the result, from entry start up to stop."""
    # Without uproot's cache, which would keep what is read once.
    read = tree.arrays(filter_field=_among(paths), entry_start=start, entry_stop=stop, array_cache=None)
    return ak.zip({path: _at(read, path) for path in paths}, depth_limit=1)


def find(tree: Any, path: str) -> Any:
    """Return uproot's field at a path, whose names may have dots."""
    return next(field for field in tree.itervalues() if field.path == path)


def entries_of(tree: Any, size: int, paths: Sequence[str]) -> int:
    """Return how many entries of these fields take about so many bytes."""
    return int(tree.num_entries_for(size, filter_field=_among(paths)))


def fields(tree: Any) -> Iterator[Field]:
    """Yield the fields that have a path, without those that only hold what others of the same name show."""
    tops = {field.name for field in tree.fields}
    for path, field in tree.iteritems():
        if field.top_level or field.name not in tops:
            yield Field(tree, path, field.typename, sum(map(_is_list, _above(field))))


def _among(paths: Sequence[str]) -> Callable[[Any], bool]:
    wanted = set(paths)
    return lambda field: field.path in wanted


def _at(read: ak.Array, path: str) -> ak.Array:
    """Return what is at a path of nested records whose names may have dots."""
    for name in read.fields:
        if name == path:
            return read[name]
        if path.startswith(f"{name}."):
            return _at(read[name], path.removeprefix(f"{name}."))
    raise KeyError(path)


def _above(field: Any) -> Iterator[Any]:
    while not field.top_level:
        field = field.parent
        yield field


def _is_list(field: Any) -> bool:
    return bool(field.record.struct_role == RNTupleFieldRole.COLLECTION or field.record.repetition > 0)
