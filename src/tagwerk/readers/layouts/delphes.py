"""Delphes: a row an event, collections `<collection>.<variable>`, a jet's constituents as references by fUniqueID.

`jets` is the collection that holds the jets, such as Jet or FatJet. A sequence's `link` has

- `jet`: the jets' references, such as Jet.Constituents;
- `collections`: where the objects referred to are, names with spaces between, such as `Track Tower` or, with particle
  flow, `EFlowTrack EFlowPhoton EFlowNeutralHadron`. Of two objects alike in fUniqueID the one named first counts.

The sequence's branches are those of the objects referred to, after the name of the references: Jet.Constituents.PT.
Where a collection has no such branch, PT is its ET, ET its PT, E follows from P, or else PT and Eta, and Mass if
there is one, and anything else is 0, such as the Charge of a tower.
"""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.base import nearest
from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.branches import branches
from tagwerk.readers.event_files import Plan, count_events, jet_counter, jets_of_events, keys_of, plain, sequence_of
from tagwerk.readers.links import Tally, by_reference, existing, link_of, take

_INSTEAD = {"PT": ("ET",), "ET": ("PT",), "E": ("PT", "Eta", "P", "Mass")}


entries = count_events


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, an entry a jet, from at most `step` events at a time.

    Constituents whose reference dangles are left out and counted in the tally.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card's links do not fit it.
    """
    return jets_of_events(file, dataset, step, lambda tree: _plan(tree.keys(), dataset, tally))


def _plan(known: list[str], dataset: Dataset, tally: Tally) -> Plan:
    short = list(map(plain, known))
    of = sequence_of(dataset)
    own = [name for name in branches(dataset) if name not in of]
    counter = jet_counter(dataset, [*short, *own], _collection)
    members = {name: _members(name, dataset, short) for name in dataset.sequences}
    links = [sequence.link["jet"] for sequence in dataset.sequences.values()]
    sources = [source for each in members.values() for sources in each.values() for source in sources]

    def sequences(events: ak.Array) -> dict[str, ak.Array]:
        each = [_sequence(events, name, dataset, members[name], tally) for name in dataset.sequences]
        return {branch: lists for found in each for branch, lists in found.items()}

    return Plan(
        keys=keys_of([*own, *links, *sources, counter], known),
        counter=counter,
        numbers={name: name for name in own},
        collection=_collection,
        column=lambda events, name: events[name],
        sequences=sequences,
    )


def _members(name: str, dataset: Dataset, known: list[str]) -> dict[str, list[str]]:
    """Return the branches to read for a sequence from each collection that its references lead to.

    Raises:
        UserError: the file does not have a collection, or no collection has a branch of the sequence.
    """
    sequence = dataset.sequences[name]
    link = link_of(name, sequence, ["jet", "collections"], [])
    if _collection(link["jet"]) != dataset.jets:
        raise UserError(f"sequence '{name}': '{link['jet']}' is not of the jets '{dataset.jets}'; correct 'link.jet'")
    variables = {branch: _variable(name, branch, link["jet"]) for branch in sequence.branches().values()}
    there = {name for name in known if name.endswith(".fUniqueID")}
    found: dict[str, list[str]] = {}
    for collection in link["collections"].split():
        if f"{collection}.fUniqueID" not in there:
            collections = [_collection(identity) for identity in there]
            raise UserError(
                f"sequence '{name}': there is no collection '{collection}'; {nearest(collection, collections)}"
            )
        wanted = {source for variable in variables.values() for source in (variable, *_INSTEAD.get(variable, ()))}
        found[collection] = [
            f"{collection}.{each}" for each in ("fUniqueID", *sorted(wanted)) if f"{collection}.{each}" in known
        ]
    _check(name, variables, found, known)
    return found


def _check(name: str, variables: dict[str, str], found: dict[str, list[str]], known: list[str]) -> None:
    """Refuse a branch that none of a sequence's collections has."""
    for branch, variable in variables.items():
        if not any(
            f"{collection}.{each}" in known
            for collection in found
            for each in (variable, *_INSTEAD.get(variable, ())[:1])
        ):
            has = [each.partition(".")[2] for each in known if _collection(each) in found]
            raise UserError(
                f"sequence '{name}': branch '{branch}': none of {', '.join(found)} has '{variable}'; "
                f"{nearest(variable, list(dict.fromkeys(has)))}"
            )


def _variable(name: str, branch: str, link: str) -> str:
    """Return the variable of the objects referred to that a branch such as Jet.Constituents.PT names."""
    if not branch.startswith(f"{link}."):
        raise UserError(f"sequence '{name}': branch '{branch}' is not of '{link}'; name it {link}.PT or alike")
    return branch.removeprefix(f"{link}.")


def _sequence(
    events: ak.Array, name: str, dataset: Dataset, members: dict[str, list[str]], tally: Tally
) -> dict[str, ak.Array]:
    """Return the branches of a sequence, a list a jet."""
    link = dataset.sequences[name].link["jet"]
    if "refs" not in ak.fields(events[link]):
        raise UserError(f"sequence '{name}': '{link}' holds no references; correct the key 'link.jet'")
    references = events[link].refs
    event = np.repeat(np.arange(len(events)), np.asarray(ak.num(references)))
    identities = ak.concatenate([events[f"{collection}.fUniqueID"] for collection in members], axis=1)
    positions = by_reference(ak.flatten(references, axis=1), event, identities)
    kept = existing({link: positions})[link]
    tally.count(name, int(ak.count(positions)), int(ak.count(kept)))
    columns = {branch: branch.removeprefix(f"{link}.") for branch in dataset.sequences[name].branches().values()}
    return {
        branch: take(ak.concatenate([_values(events, each, variable) for each in members], axis=1), kept)
        for branch, variable in columns.items()
    }


def _values(events: ak.Array, collection: str, variable: str) -> ak.Array:
    """Return a variable of a collection's objects, or what stands for it where the collection does not have it."""

    def has(name: str) -> bool:
        return f"{collection}.{name}" in events.fields

    def value(name: str) -> ak.Array:
        return events[f"{collection}.{name}"]

    def double(name: str) -> ak.Array:
        return ak.values_astype(value(name), np.float64)

    if has(variable):
        return value(variable)
    if variable in ("PT", "ET") and has(_INSTEAD[variable][0]):
        return value(_INSTEAD[variable][0])
    if variable == "E" and has("PT") and has("Eta"):
        # Delphes gives what flies along the beam an eta of 999.9; it is in no jet.
        with np.errstate(over="ignore", invalid="ignore"):
            momentum = double("P") if has("P") else double("PT") * np.cosh(double("Eta"))
        # ASSUME: without a mass a track is massless, as in Delphes' own Track::P4.
        return np.hypot(momentum, double("Mass") if has("Mass") else 0)
    return ak.zeros_like(value("fUniqueID"), dtype=np.float32)


def _collection(name: str) -> str:
    return name.partition(".")[0]
