"""Relations between the collections of podio's files, in the branches of its older and newer versions."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from tagwerk.arrays import Ints
from tagwerk.cards.base import nearest
from tagwerk.errors import UserError
from tagwerk.readers import rntuple

# Trees that say what the collections are called, and the keys of their numbers and names there.
_TREES = ("podio_metadata", "metadata")
_TABLES = (
    ("{}___idTable/m_collectionIDs", "{}___idTable/m_names"),
    ("{}___CollectionTypeInfo.collectionID", "{}___CollectionTypeInfo.name"),
    ("{}___idTable", "{}_collectionNames"),
    ("m_collectionIDs", "m_names"),
)
_BITS = (1 << 32) - 1  # the numbers are unsigned in newer versions and signed in others


def collections(file: Path, tree: str) -> dict[int, str]:
    """Return the names of a file's collections by their numbers, as `numbers` gives these; nothing without a table."""
    with uproot.open(file) as opened:
        for name in (each for each in _TREES if each in opened.keys(cycle=False)):
            table: Any = rntuple.with_fields(opened[name])
            for both in _TABLES:
                keys = [_key(each.format(tree), table.keys()) for each in both]
                if all(keys):
                    ids, names = (_first(table, key) for key in keys if key)
                    return dict(zip(numbers(ids).tolist(), map(str, names), strict=True))
    return {}


def numbers(ids: Any) -> Ints:
    """Return the numbers of collections, alike whether they were written as signed or not."""
    return np.asarray(ids).astype(np.int64) & _BITS


def relation(link: str, known: Collection[str]) -> str:
    """Return the branch that holds what a collection's relation leads to: `_Jet_particles`, or in older files `Jet#2`.

    Args:
        link: collection and relation, such as Jet.particles.
        known: the names of the branches there, in the file's order.

    Raises:
        UserError: there is no such relation.
    """
    collection, _, member = link.partition(".")
    relations = [
        name.removesuffix("_begin") for name in known if name.startswith(f"{collection}.") and "_begin" in name
    ]
    if link not in relations:
        raise UserError(f"'{link}' is no relation; {nearest(link, relations)}")
    if f"_{collection}_{member}.index" in known:
        return f"_{collection}_{member}"
    # Older versions number the relations to many objects in their order, after the members that are vectors.
    vectors = sum(f"{collection}_{number}" in known for number in range(len(relations)))
    return f"{collection}#{relations.index(link) - vectors}"


def places(begin: Ints, end: Ints, starts: Ints) -> Ints:
    """Return the positions of the links of each jet, jet after jet.

    Args:
        begin: the first link of each jet, within its event, (jets,).
        end: the last one's successor, (jets,).
        starts: where the links of each jet's event begin, (jets,).
    """
    counts = end - begin
    first = np.repeat(starts + begin - (np.cumsum(counts) - counts), counts)
    return first + np.arange(len(first))


def _key(wanted: str, known: Sequence[str]) -> str | None:
    return next((key for key in known if key == wanted or key.endswith(f"/{wanted}")), None)


def _first(table: Any, key: str) -> Any:
    if rntuple.is_rntuple(table):
        return rntuple.arrays(table, [key], 0, 1)[key][0]
    return table[key].array(entry_stop=1)[0]
