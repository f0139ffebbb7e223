"""Delphes: one row per event, collections `<collection>.<variable>`, a jet's constituents as references by fUniqueID.

`jets` is the collection that holds the jets, such as Jet or FatJet. A sequence's `link` has

- `jet`: the jets' references, such as Jet.Constituents;
- `collections`: the collections of the referenced objects, separated by spaces, such as `Track Tower` or, with particle
  flow, `EFlowTrack EFlowPhoton EFlowNeutralHadron`. If an fUniqueID is in several, the first of them is used.

The sequence's branches are those of the referenced objects, prefixed with the references: Jet.Constituents.PT. Where a
collection has no such branch, PT is its ET, ET its PT, E is computed from P (or PT and Eta) and Mass, if there is one,
and anything else is 0, such as the Charge of a tower.
"""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.base import suggestion
from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.branches import branches
from tagwerk.readers.event_files import (
    Plan,
    branch_name,
    count_events,
    jet_counter,
    jets_of_events,
    keys_of,
    sequence_by_branch,
)
from tagwerk.readers.links import Tally, drop_dangling, resolve_references, take, validated_link

_FALLBACKS = {"PT": ("ET",), "ET": ("PT",), "E": ("PT", "Eta", "P", "Mass")}


entries = count_events


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, one entry per jet, from at most `step` events at a time.

    Constituents whose reference dangles are dropped and counted in the tally.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card's links do not fit it.
    """
    return jets_of_events(file, dataset, step, lambda tree: _plan(tree.keys(), dataset, tally))


def _plan(known: list[str], dataset: Dataset, tally: Tally) -> Plan:
    names = list(map(branch_name, known))
    sequence_of = sequence_by_branch(dataset)
    scalars = [name for name in branches(dataset) if name not in sequence_of]
    counter = jet_counter(dataset, [*names, *scalars], _collection)
    members = {name: _members(name, dataset, names) for name in dataset.sequences}
    links = [sequence.link["jet"] for sequence in dataset.sequences.values()]
    sources = [source for member in members.values() for columns in member.values() for source in columns]

    def sequences(events: ak.Array) -> dict[str, ak.Array]:
        columns = [_sequence(events, name, dataset, members[name], tally) for name in dataset.sequences]
        return {branch: lists for column in columns for branch, lists in column.items()}

    return Plan(
        keys=keys_of([*scalars, *links, *sources, counter], known),
        counter=counter,
        scalars={name: name for name in scalars},
        collection=_collection,
        column=lambda events, name: events[name],
        sequences=sequences,
    )


def _members(name: str, dataset: Dataset, known: list[str]) -> dict[str, list[str]]:
    """Return the branches to read for a sequence, by the collection that they are in.

    Raises:
        UserError: the file does not have a collection, or no collection has a branch of the sequence.
    """
    sequence = dataset.sequences[name]
    link = validated_link(name, sequence, ["jet", "collections"], [])
    if _collection(link["jet"]) != dataset.jets:
        raise UserError(
            f"sequence '{name}': '{link['jet']}' is not in the jet collection '{dataset.jets}'; correct 'link.jet'"
        )
    variables = {branch: _variable(name, branch, link["jet"]) for branch in sequence.branches().values()}
    unique_ids = {name for name in known if name.endswith(".fUniqueID")}
    members: dict[str, list[str]] = {}
    for collection in link["collections"].split():
        if f"{collection}.fUniqueID" not in unique_ids:
            collections = [_collection(unique_id) for unique_id in unique_ids]
            raise UserError(
                f"sequence '{name}': there is no collection '{collection}'; {suggestion(collection, collections)}"
            )
        wanted = {source for variable in variables.values() for source in (variable, *_FALLBACKS.get(variable, ()))}
        members[collection] = [
            branch for name in ("fUniqueID", *sorted(wanted)) if (branch := f"{collection}.{name}") in known
        ]
    _check_variables(name, variables, list(members), known)
    return members


def _check_variables(name: str, variables: dict[str, str], collections: list[str], known: list[str]) -> None:
    """Refuse a branch that none of a sequence's collections has."""
    for branch, variable in variables.items():
        if not any(
            f"{collection}.{source}" in known
            for collection in collections
            for source in (variable, *_FALLBACKS.get(variable, ())[:1])
        ):
            others = [name.partition(".")[2] for name in known if _collection(name) in collections]
            raise UserError(
                f"sequence '{name}': branch '{branch}': none of {', '.join(collections)} has '{variable}'; "
                f"{suggestion(variable, list(dict.fromkeys(others)))}"
            )


def _variable(name: str, branch: str, link: str) -> str:
    """Return the variable of the referenced objects that a branch such as Jet.Constituents.PT names."""
    if not branch.startswith(f"{link}."):
        raise UserError(f"sequence '{name}': branch '{branch}' is not in '{link}'; write {link}.PT, for example")
    return branch.removeprefix(f"{link}.")


def _sequence(
    events: ak.Array, name: str, dataset: Dataset, members: dict[str, list[str]], tally: Tally
) -> dict[str, ak.Array]:
    """Return the branches of a sequence, one list per jet."""
    link = dataset.sequences[name].link["jet"]
    if "refs" not in ak.fields(events[link]):
        raise UserError(f"sequence '{name}': '{link}' holds no references; correct the key 'link.jet'")
    references = events[link].refs
    event = np.repeat(np.arange(len(events)), np.asarray(ak.num(references)))
    unique_ids = ak.concatenate([events[f"{collection}.fUniqueID"] for collection in members], axis=1)
    positions = resolve_references(ak.flatten(references, axis=1), event, unique_ids)
    resolved = drop_dangling({link: positions})[link]
    tally.count_links(name, int(ak.count(positions)), int(ak.count(resolved)))
    variables = {branch: branch.removeprefix(f"{link}.") for branch in dataset.sequences[name].branches().values()}
    return {
        branch: take(
            ak.concatenate([_values(events, collection, variable) for collection in members], axis=1), resolved
        )
        for branch, variable in variables.items()
    }


def _values(events: ak.Array, collection: str, variable: str) -> ak.Array:
    """Return a variable of a collection's objects, or its substitute where the collection does not have it."""

    def has(name: str) -> bool:
        return f"{collection}.{name}" in events.fields

    def value(name: str) -> ak.Array:
        return events[f"{collection}.{name}"]

    def double(name: str) -> ak.Array:
        return ak.values_astype(value(name), np.float64)

    if has(variable):
        return value(variable)
    if variable in ("PT", "ET") and has(_FALLBACKS[variable][0]):
        return value(_FALLBACKS[variable][0])
    if variable == "E" and has("PT") and has("Eta"):
        # Delphes sets eta to 999.9 for what flies along the beam; it is in no jet.
        with np.errstate(over="ignore", invalid="ignore"):
            momentum = double("P") if has("P") else double("PT") * np.cosh(double("Eta"))
        # ASSUME: without a mass a track is massless, as in Delphes' own Track::P4.
        return np.hypot(momentum, double("Mass") if has("Mass") else 0)
    return ak.zeros_like(value("fUniqueID"), dtype=np.float32)


def _collection(name: str) -> str:
    return name.partition(".")[0]
