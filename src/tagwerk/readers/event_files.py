"""Files whose rows are events: their jets in sequence, with the objects linked to each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.errors import UserError, error_context
from tagwerk.readers.root_trees import chunks, open_tree


@dataclass(frozen=True)
class Plan:
    """What to read from a file of events, and how to build jets from it.

    Attributes:
        keys: the file's key of every branch to read.
        counter: a branch of the jet collection; its list lengths are the numbers of jets per event.
        scalars: the branch of every name in the card that has one value per jet.
        collection: returns the collection of a branch.
        column: returns the values of a branch from the events as read; it may be derived from other branches.
        sequences: returns the lists (jets, T) of all sequences by branch, from the events as read.
    """

    keys: dict[str, str]
    counter: str
    scalars: dict[str, str]
    collection: Callable[[str], str]
    column: Callable[[ak.Array, str], ak.Array]
    sequences: Callable[[ak.Array], dict[str, ak.Array]]


def jets_of_events(file: Path, dataset: Dataset, step: int, make_plan: Callable[[Any], Plan]) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, one entry per jet, from at most `step` events at a time.

    Args:
        file: a ROOT file.
        dataset: the card.
        step: maximum number of events per chunk.
        make_plan: returns the plan for an open tree.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card does not fit it.
    """
    tree, row = open_tree(file, dataset.tree), 0
    with error_context(file):
        plan = make_plan(tree)
    for raw in chunks(file, tree, list(dict.fromkeys(plan.keys.values())), step):
        events = ak.zip({name: raw[key] for name, key in plan.keys.items()}, depth_limit=1)
        with error_context(file):
            counts = objects_per_event(plan.counter, plan.column(events, plan.counter))
            jets = {
                name: _per_jet(name, plan.column(events, branch), plan.collection(branch), dataset, counts)
                for name, branch in plan.scalars.items()
            }
            jets |= plan.sequences(events)
        jets[ROW] = ak.Array(np.repeat(np.arange(row, row + len(events)), np.asarray(counts)))
        row += len(events)
        yield ak.zip(jets, depth_limit=1)


def count_events(file: Path, dataset: Dataset) -> int:
    """Return the number of events in a file."""
    return int(open_tree(file, dataset.tree).num_entries)


def jet_counter(dataset: Dataset, names: Iterable[str], collection: Callable[[str], str]) -> str:
    """Return the last of the names that is in the jet collection; its list lengths are the numbers of jets per event.

    Raises:
        UserError: the card does not name the collection, or there is no such collection.
    """
    last_branch = {collection(name): name for name in names if collection(name) != name}
    if dataset.jets is None:
        raise UserError(f"layout '{dataset.layout}' needs the key 'jets', the collection that holds the jets; add it")
    if dataset.jets not in last_branch:
        hint = suggestion(dataset.jets, list(last_branch))
        raise UserError(f"key 'jets': there is no collection '{dataset.jets}'; {hint}")
    return last_branch[dataset.jets]


def objects_per_event(name: str, column: ak.Array) -> ak.Array:
    """Return the number of objects in each event (events,), from a branch of their collection.

    Raises:
        UserError: the branch holds one value per event.
    """
    if column.ndim < 2:
        raise UserError(f"branch '{name}' holds {column.type.content} per event, not a list; correct the card")
    return ak.num(column)


def sequence_by_branch(dataset: Dataset) -> dict[str, str]:
    """Return the sequence that each branch belongs to.

    Raises:
        UserError: a branch is in two sequences, which may be linked to different objects.
    """
    sequences: dict[str, str] = {}
    for name, sequence in dataset.sequences.items():
        for branch in dict.fromkeys(sequence.branches().values()):
            if branch in sequences:
                raise UserError(f"branch '{branch}' is in the sequences '{sequences[branch]}' and '{name}'; keep one")
            sequences[branch] = name
    return sequences


def branch_name(key: str) -> str:
    """Return a key as cards write it: without folders, and with '.' for the ':' of ATLAS's RNTuples."""
    return key.rpartition("/")[2].replace(":", ".")


def keys_of(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Return the file's key of each name: itself, or the one that differs only in its folder or in ':' for '.'.

    Raises:
        UserError: there are several such keys.
    """
    present = dict.fromkeys(known)
    by_name: dict[str, list[str]] = {}
    for key in present:
        by_name.setdefault(branch_name(key), []).append(key)
    keys = {}
    for name in dict.fromkeys(names):
        matches = [name] if name in present else by_name.get(branch_name(name), [name])
        if len(matches) > 1:
            raise UserError(f"'{name}' may be any of {', '.join(map(repr, matches))}; name one of them in the card")
        keys[name] = matches[0]
    return keys


def _per_jet(name: str, column: ak.Array, collection: str, dataset: Dataset, counts: ak.Array) -> ak.Array:
    """Return one value per jet (jets,), from the jet collection or from the event.

    Args:
        name: as in the card.
        column: its values, one row per event.
        collection: that the branch belongs to.
        dataset: the card.
        counts: number of jets in each event.

    Raises:
        UserError: the branch has several values per event and is not in the jet collection.
    """
    if collection == dataset.jets and column.ndim > 1:
        return ak.flatten(column, axis=1)
    if column.ndim == 2 and ak.all(ak.num(column) == 1):
        column = column[:, 0]
    if column.ndim != 1:
        raise UserError(
            f"branch '{name}' holds a list per event and is not in the jet collection '{dataset.jets}'; "
            "name a branch of that collection, or read it as a sequence"
        )
    return ak.Array(np.repeat(np.asarray(column), np.asarray(counts)))
