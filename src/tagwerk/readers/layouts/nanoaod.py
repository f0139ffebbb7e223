"""CMS NanoAOD and PFNano: one row per event, flat collections `<collection>_<variable>`, links by index columns.

`jets` is the collection that holds the jets, such as FatJet. A sequence's `link` names the columns that lead to it:

- `jet`: the column with the index of the jet, such as TauProd_tauIdx or FatJetPFCand_jetIdx;
- `constituent`: where `jet` is a column of an association table, the table's column with the index of the constituent,
  such as FatJetPFCand_pfCandIdx. The sequence then has branches of the table and of one other collection.

Where a file has a `<collection>_pdgId` but no `<collection>_mass`, the mass is that of the particle.
"""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import UserError
from tagwerk.readers.branches import branches
from tagwerk.readers.event_files import (
    Plan,
    count_events,
    jet_counter,
    jets_of_events,
    keys_of,
    objects_per_event,
    sequence_by_branch,
)
from tagwerk.readers.links import Tally, drop_dangling, group_by_jet, resolve_indices, take, validated_link
from tagwerk.readers.particle_masses import PION, masses

entries = count_events


def read(file: Path, dataset: Dataset, tally: Tally, step: int) -> Iterator[ak.Array]:
    """Yield the branches that the card names and `row`, one entry per jet, from at most `step` events at a time.

    Constituents whose link dangles are dropped and counted in the tally.

    Raises:
        UserError: the file, its tree or a branch is missing, the file is damaged, or the card's links do not fit it.
    """
    return jets_of_events(file, dataset, step, lambda tree: _plan(tree.keys(), dataset, tally))


def _plan(known: list[str], dataset: Dataset, tally: Tally) -> Plan:
    counter = jet_counter(dataset, known, _collection)
    targets = {name: _target(name, dataset) for name in dataset.sequences}
    sequence_of = sequence_by_branch(dataset)
    links = [column for sequence in dataset.sequences.values() for column in sequence.link.values()]
    names = [*branches(dataset), *links, counter]

    def sequences(events: ak.Array) -> dict[str, ak.Array]:
        counts = objects_per_event(counter, _column(events, counter))
        positions = {name: _resolve(events, name, dataset, counts, targets[name], tally) for name in targets}
        return {
            branch: take(_column(events, branch), positions[name][_collection(branch)])
            for branch, name in sequence_of.items()
        }

    return Plan(
        keys=keys_of([_source(name, known) for name in names], known),
        counter=counter,
        scalars={name: name for name in branches(dataset) if name not in sequence_of},
        collection=_collection,
        column=_column,
        sequences=sequences,
    )


def _resolve(
    events: ak.Array, name: str, dataset: Dataset, counts: ak.Array, target: str | None, tally: Tally
) -> dict[str, ak.Array]:
    """Return the positions of each jet's constituents in every collection that a sequence has branches of."""
    link = dataset.sequences[name].link
    owner = np.asarray(ak.flatten(resolve_indices(_index(events, link["jet"]), counts)))
    rows = group_by_jet(owner, int(ak.sum(counts)))
    positions = {_collection(link["jet"]): rows}
    if target is not None:
        target_counts = objects_per_event(target, _column(events, target))
        targets = resolve_indices(_index(events, link["constituent"]), target_counts)
        positions[_collection(target)] = take(targets, rows)
    positions = drop_dangling(positions)
    tally.count_links(name, len(owner), int(ak.count(positions[_collection(link["jet"])])))
    return positions


def _index(events: ak.Array, name: str) -> ak.Array:
    """Return the index column of that name.

    Raises:
        UserError: it does not hold integers.
    """
    if not str(events[name].type.content).startswith(("var * int", "var * uint")):
        raise UserError(f"'{name}' holds {events[name].type.content} per event, not indices; correct the key 'link'")
    return events[name]


def _target(name: str, dataset: Dataset) -> str | None:
    """Return a branch of the collection that a sequence's table links to; None if there is no table.

    Raises:
        UserError: the sequence has branches that its link does not reach.
    """
    sequence = dataset.sequences[name]
    link = validated_link(name, sequence, ["jet"], ["constituent"])
    table = _collection(link["jet"])
    others = {_collection(branch): branch for branch in sequence.branches().values() if _collection(branch) != table}
    if "constituent" in link and _collection(link["constituent"]) != table:
        raise UserError(f"sequence '{name}': 'link.jet' and 'link.constituent' are of two tables; correct the card")
    if len(others) > ("constituent" in link):
        linked = f"'{table}'" + (" and one other collection" if "constituent" in link else "")
        wrong = list(others.values())[-1]
        raise UserError(f"sequence '{name}': branch '{wrong}' is not reached by 'link', only {linked}; correct 'link'")
    return next(iter(others.values()), None)


def _collection(name: str) -> str:
    return name.partition("_")[0]


def _source(name: str, known: list[str]) -> str:
    """Return the branch to read for a name: the branch itself, or the PDG id in place of a missing mass."""
    pdg_id = f"{_collection(name)}_pdgId"
    return pdg_id if name not in known and name.endswith("_mass") and pdg_id in known else name


def _column(events: ak.Array, name: str) -> ak.Array:
    if name in events.fields:
        return events[name]
    pdg_ids = events[f"{_collection(name)}_pdgId"]
    # ASSUME: other PDG ids, such as CMS's 10211 in taus, are charged hadrons with the charged pion's mass.
    return ak.unflatten(masses(ak.to_numpy(ak.flatten(pdg_ids)), PION), ak.num(pdg_ids))
