"""Fields of RNTuples by their paths, as uproot names them: `Jet.PT` is one field of that name, or PT in records of Jet.

uproot's own lookup by name returns too much where names are repeated (ROOT's importer writes helper fields such as
`_collection2.FatJet_pt` before FatJet_pt), too little where a name has a dot, and silently nothing for a missing name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
from uproot.const import RNTupleFieldRole

from tagwerk.internals import set_subfields


@dataclass(frozen=True)
class Field:
    """A field of an RNTuple, read like a branch of a TTree.

    Attributes:
        tuple: the RNTuple.
        path: the names of the enclosing records and its own, joined by dots.
        typename: its C++ type; empty for records.
        depth: number of enclosing lists.
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
    """Return an RNTuple with the subfields of each field filled in, and any other tree as it is."""
    if is_rntuple(tree):
        children: dict[int, list[Any]] = {}
        for index, record in enumerate(tree.field_records):
            if record.parent_field_id != index:
                children.setdefault(record.parent_field_id, []).append(tree.all_fields[index])
        for index in reversed(range(len(tree.field_records))):
            named = [[*child.fields] if child.is_anonymous else [child] for child in children.get(index, [])]
            set_subfields(tree.all_fields[index], [field for subfields in named for field in subfields])
    return tree


def arrays(tree: Any, paths: Sequence[str], start: int, stop: int) -> ak.Array:
    """Return the fields at these paths as a record array, for the entries from `start` up to `stop`."""
    # Without uproot's cache, which would keep arrays that are read only once.
    read = tree.arrays(filter_field=_path_filter(paths), entry_start=start, entry_stop=stop, array_cache=None)
    return ak.zip({path: _field_at(read, path) for path in paths}, depth_limit=1)


def find_field(tree: Any, path: str) -> Any:
    """Return uproot's field at a path, whose names may have dots."""
    return next(field for field in tree.itervalues() if field.path == path)


def num_entries_for(tree: Any, size: int, paths: Sequence[str]) -> int:
    """Return how many entries of these fields take about `size` bytes."""
    return int(tree.num_entries_for(size, filter_field=_path_filter(paths)))


def fields(tree: Any) -> Iterator[Field]:
    """Yield the fields that have a path, without helper fields that duplicate a top-level field of the same name."""
    top_level = {field.name for field in tree.fields}
    for path, field in tree.iteritems():
        if field.top_level or field.name not in top_level:
            yield Field(tree, path, field.typename, sum(map(_is_list, _ancestors(field))))


def _path_filter(paths: Sequence[str]) -> Callable[[Any], bool]:
    wanted = set(paths)
    return lambda field: field.path in wanted


def _field_at(records: ak.Array, path: str) -> ak.Array:
    """Return the field at a path of nested records whose names may have dots."""
    for name in records.fields:
        if name == path:
            return records[name]
        if path.startswith(f"{name}."):
            return _field_at(records[name], path.removeprefix(f"{name}."))
    raise KeyError(path)


def _ancestors(field: Any) -> Iterator[Any]:
    while not field.top_level:
        field = field.parent
        yield field


def _is_list(field: Any) -> bool:
    return bool(field.record.struct_role == RNTupleFieldRole.COLLECTION or field.record.repetition > 0)
