"""Relations between the collections of podio files, as older and newer versions store them."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tagwerk.arrays import Ints
from tagwerk.cards.base import suggestion
from tagwerk.errors import UserError
from tagwerk.readers import rntuple
from tagwerk.readers.root_open import open_root
from tagwerk.remote import connected

# Trees with a table of the collections, and the keys of their IDs and names in it.
_TREES = ("podio_metadata", "metadata")
_TABLES = (
    ("{}___idTable/m_collectionIDs", "{}___idTable/m_names"),
    ("{}___CollectionTypeInfo.collectionID", "{}___CollectionTypeInfo.name"),
    ("{}___idTable", "{}_collectionNames"),
    ("m_collectionIDs", "m_names"),
)
_ID_MASK = (1 << 32) - 1  # IDs are unsigned in newer versions and signed in others


def collection_names(file: Path, tree: str) -> dict[int, str]:
    """Return the names of a file's collections by their `unsigned_ids`; empty if it has no table of them."""
    with connected(file), open_root(file) as opened:
        for name in (key for key in _TREES if key in opened.keys(cycle=False)):
            table: Any = rntuple.with_fields(opened[name])
            for columns in _TABLES:
                keys = [_key(column.format(tree), table.keys()) for column in columns]
                if all(keys):
                    ids, names = (_first_entry(table, key) for key in keys if key)
                    return dict(zip(unsigned_ids(ids).tolist(), map(str, names), strict=True))
    return {}


def unsigned_ids(ids: Any) -> Ints:
    """Return collection IDs as unsigned numbers, whether or not they were written as signed ones."""
    return np.asarray(ids).astype(np.int64) & _ID_MASK


def relation_branch(link: str, known: Collection[str]) -> str:
    """Return the branch with the targets of a collection's relation: `_Jet_particles`, or in older files `Jet#2`.

    Args:
        link: collection and relation, such as Jet.particles.
        known: the names of all branches, in the file's order.

    Raises:
        UserError: there is no such relation.
    """
    collection, _, member = link.partition(".")
    relations = [
        name.removesuffix("_begin") for name in known if name.startswith(f"{collection}.") and "_begin" in name
    ]
    if link not in relations:
        raise UserError(f"'{link}' is not a relation; {suggestion(link, relations)}")
    if f"_{collection}_{member}.index" in known:
        return f"_{collection}_{member}"
    # Older versions number one-to-many relations in order, after the vector members.
    vectors = sum(f"{collection}_{number}" in known for number in range(len(relations)))
    return f"{collection}#{relations.index(link) - vectors}"


def link_indices(begin: Ints, end: Ints, starts: Ints) -> Ints:
    """Return the indices of all jets' links, jet by jet.

    Args:
        begin: index of each jet's first link within its event, (jets,).
        end: one past its last link, (jets,).
        starts: index of the first link of each jet's event, (jets,).
    """
    counts = end - begin
    first = np.repeat(starts + begin - (np.cumsum(counts) - counts), counts)
    return first + np.arange(len(first))


def _key(wanted: str, known: Sequence[str]) -> str | None:
    return next((key for key in known if key == wanted or key.endswith(f"/{wanted}")), None)


def _first_entry(table: Any, key: str) -> Any:
    if rntuple.is_rntuple(table):
        return rntuple.arrays(table, [key], 0, 1)[key][0]
    return table[key].array(entry_stop=1)[0]
