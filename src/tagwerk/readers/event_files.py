"""Files whose rows are events: their jets, one after the other, with what is reached from each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, naming
from tagwerk.readers.root_trees import chunks, open_tree


@dataclass(frozen=True)
class Plan:
    """What to read of a file of events, and how jets are made of it.

    Attributes:
        keys: the file's key of every branch to read.
        counter: a branch of the jets' collection; its lists say how many jets an event has.
        numbers: of every name in the card that is a number a jet, the branch.
        collection: gives the collection of a branch.
        column: gives the values of a branch, which may follow from others, from those that were read.
        sequences: gives the lists (jets, T) of all sequences by their branches, from what was read.
    """

    keys: dict[str, str]
    counter: str
    numbers: dict[str, str]
    collection: Callable[[str], str]
    column: Callable[[ak.Array, str], ak.Array]
    sequences: Callable[[ak.Array], dict[str, ak.Array]]


def jets_of_events(file: Path, dataset: Dataset, step: int, plan_of: Callable[[Any], Plan]) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, an entry a jet, from at most `step` events at a time.

    Args:
        file: a ROOT file.
        dataset: the card.
        step: the most events at a time.
        plan_of: gives the plan for an open tree.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card does not fit it.
    """
    tree, row = open_tree(file, dataset.tree), 0
    with naming(file):
        plan = plan_of(tree)
    for raw in chunks(file, tree, list(dict.fromkeys(plan.keys.values())), step):
        events = ak.zip({name: raw[key] for name, key in plan.keys.items()}, depth_limit=1)
        with naming(file):
            counts = sizes(plan.counter, plan.column(events, plan.counter))
            jets = {
                name: _a_jet(name, plan.column(events, branch), plan.collection(branch), dataset, counts)
                for name, branch in plan.numbers.items()
            }
            jets |= plan.sequences(events)
        jets[ROW] = ak.Array(np.repeat(np.arange(row, row + len(events)), np.asarray(counts)))
        row += len(events)
        yield ak.zip(jets, depth_limit=1)


def count_events(file: Path, dataset: Dataset) -> int:
    """Return how many events a file holds."""
    return int(open_tree(file, dataset.tree).num_entries)


def jet_counter(dataset: Dataset, names: Iterable[str], collection: Callable[[str], str]) -> str:
    """Return the last of the names that is of the jets' collection; its lists say how many jets an event has.

    Raises:
        UserError: the card does not name the collection, or there is none of that name.
    """
    of = {collection(name): name for name in names if collection(name) != name}
    if dataset.jets is None:
        raise UserError(f"layout '{dataset.layout}' needs the key 'jets', the collection that holds the jets; add it")
    if dataset.jets not in of:
        raise UserError(f"key 'jets': there is no collection '{dataset.jets}'; {nearest(dataset.jets, list(of))}")
    return of[dataset.jets]


def sizes(name: str, column: ak.Array) -> ak.Array:
    """Return how many objects each event has (events,), from a branch of their collection.

    Raises:
        UserError: the branch holds one value an event.
    """
    if column.ndim < 2:
        raise UserError(f"branch '{name}' holds {column.type.content} an event, not a list; correct the card")
    return ak.num(column)


def sequence_of(dataset: Dataset) -> dict[str, str]:
    """Return the sequence of every branch that stands in one.

    Raises:
        UserError: a branch stands in two sequences, which may reach different objects in it.
    """
    found: dict[str, str] = {}
    for name, sequence in dataset.sequences.items():
        for branch in dict.fromkeys(sequence.branches().values()):
            if branch in found:
                raise UserError(f"branch '{branch}' stands in the sequences '{found[branch]}' and '{name}'; keep one")
            found[branch] = name
    return found


def plain(key: str) -> str:
    """Return the name by which a card knows a key: below any folder, and with '.' for the ':' of ATLAS's RNTuples."""
    return key.rpartition("/")[2].replace(":", ".")


def keys_of(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return the file's key of each name: itself, or the one that is the same but for its folder, ':' and '.'.

    Raises:
        UserError: there are several such keys.
    """
    there = dict.fromkeys(known)
    alike: dict[str, list[str]] = {}
    for key in there:
        alike.setdefault(plain(key), []).append(key)
    found = {}
    for name in dict.fromkeys(names):
        keys = [name] if name in there else alike.get(plain(name), [name])
        if len(keys) > 1:
            raise UserError(f"'{name}' may be any of {', '.join(map(repr, keys))}; name one of them in the card")
        found[name] = keys[0]
    return found


def _a_jet(name: str, column: ak.Array, collection: str, dataset: Dataset, counts: ak.Array) -> ak.Array:
    """Return a number a jet (jets,), from the jets' own collection or from the event.

    Args:
        name: as the card has it.
        column: its values, a row an event.
        collection: where the branch belongs.
        dataset: the card.
        counts: how many jets each event has.

    Raises:
        UserError: the branch has several values an event and is not of the jets.
    """
    if collection == dataset.jets and column.ndim > 1:
        return ak.flatten(column, axis=1)
    if column.ndim == 2 and ak.all(ak.num(column) == 1):
        column = column[:, 0]
    if column.ndim != 1:
        raise UserError(
            f"branch '{name}' holds a list an event and is not of the jets '{dataset.jets}'; "
            f"name one of theirs, or reach it as a sequence"
        )
    return ak.Array(np.repeat(np.asarray(column), np.asarray(counts)))
