"""The jet record: the one vocabulary that every stage speaks.

An Awkward record array with the fields

- `event` (uint64) and `source` (string): identity, kept to the end;
- `label` (class index, int64) and `weight` (float32);
- `jet`: pt, eta, phi, mass (GeV, radians) and the scalar variables that the dataset's card declares;
- a variable-length list a named sequence of pt, eta, phi, energy and what the card declares, in the card's order:
  by falling pT where it says nothing else;
- of each tree that the card asks for, `constituents_kt` for instance, a list of its merges: the nodes `harder` and
  `softer` (uint16), its children. The constituents in their order are the nodes from zero on, the merges in theirs
  those after them, the last one the root. The momenta of merges are sums and not kept: `tagwerk.jets.trees.momenta`
  gives them.

A chunk of a file goes through here as plain columns. `jets_of` makes them of its branches, as the file has them; after
the check, which looks at all of that, `ordered` brings the sequences into order and cuts them, and `with_trees` makes
trees of what is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints, Values
from tagwerk.cards import momenta
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import evaluate
from tagwerk.cards.momenta import CONSTITUENT, PT_ETA_PHI_MASS, WEIGHT
from tagwerk.errors import UserError
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.identity import event_identity, jet_identity
from tagwerk.jets.momentum import absolute, polar, scaled, total
from tagwerk.jets.ragged import Ragged, flat
from tagwerk.jets.trees import merges
from tagwerk.readers.split_pieces import pieces_of
from tagwerk.readers.values import evaluated, list_of, number, the_one

_GEV = {"GeV": 1.0, "MeV": 1e-3}


def jets_of(
    branches: ak.Array,
    dataset: Dataset,
    source: str,
    classes: Sequence[bool] | None = None,
    piece: str | None = None,
) -> Chunk:
    """Return the jets that a dataset's card selects, their sequences still whole and unordered.

    Args:
        branches: as they stand in the file, one field each.
        dataset: the card.
        source: the name of the part that they come from.
        classes: whether the file may hold each of the card's classes; all by default.
        piece: that the whole file is of, where the card's split is one of files; none by default.

    Raises:
        UserError: a jet is of several classes or pieces, or a branch holds what the card does not say.
    """
    label = _labels(branches, dataset, classes or [True] * len(dataset.classes))
    if (label < 0).any():
        branches, label = branches[label >= 0], label[label >= 0]
    unit = _GEV[dataset.momentum_unit]
    event = event_identity([number(branches, name) for name in dataset.event], dataset.event)
    with np.errstate(all="ignore"):  # the check finds what is not finite then
        jet = _jet(branches, dataset, unit)
        sequences = {name: _constituents(branches, dataset, each, unit) for name, each in dataset.sequences.items()}
    return Chunk(
        source=source,
        event=event,
        piece=pieces_of(event, branches, dataset.split, piece),
        label=label,
        weight=_weight(branches, dataset),
        jet=jet,
        sequences=sequences,
    )


def ordered(chunk: Chunk, dataset: Dataset, jets: Ints | None = None) -> Chunk:
    """Return these jets (all by default) with their sequences in order and of at most their greatest length."""
    columns = [(chunk.sequences[name], each.order) for name, each in dataset.sequences.items()]
    keys = [evaluate(order, each.values, each.counts.sum()) for each, order in columns]
    most = {name: each.max_length for name, each in dataset.sequences.items()}
    return chunk.ordered(dict(zip(most, keys, strict=True)), most, np.arange(len(chunk)) if jets is None else jets)


def with_trees(chunk: Chunk, dataset: Dataset) -> Chunk:
    """Return the same jets with the trees that the card asks for, over their sequences as they are."""
    wanted = dataset.trees()
    identity = jet_identity(chunk.event, chunk.jet) if wanted else np.empty(0, np.uint64)
    trees = {
        name: merges(chunk.sequences[sequence], topology, identity) for name, (sequence, topology) in wanted.items()
    }
    return replace(chunk, trees=trees)


def _weight(branches: ak.Array, dataset: Dataset) -> npt.NDArray[np.float32]:
    if dataset.weight is None:
        return np.ones(len(branches), np.float32)
    return _single(evaluated("weight", dataset.weight, branches))


def momenta_of(branches: ak.Array, dataset: Dataset, name: str) -> Ragged:
    """Return pt, eta, phi and energy of a sequence's constituents, their weights applied, in the unit of the file."""
    sequence = dataset.sequences[name]
    wanted = {each: at for each, at in sequence.branches().items() if each in (*sequence.momentum(), WEIGHT)}
    flat, counts = _lists(branches, wanted)
    return Ragged(_momenta(Ragged(flat, counts), branches, dataset, sequence), counts)


def _jet(branches: ak.Array, dataset: Dataset, unit: float) -> dict[str, Values]:
    """Return the jets' own variables: those that the card names, or the sum of the constituents."""
    if dataset.jet is None:
        constituents = _kept(momenta_of(branches, dataset, "constituents"), branches, dataset, unit)
        return _gev(total(constituents.values, constituents.counts, PT_ETA_PHI_MASS), unit)
    extra = {name: number(branches, at) for name, at in dataset.jet.extra.items()}
    return _gev(_axis(branches, dataset.jet, PT_ETA_PHI_MASS, unit), unit) | _gev(extra, 1)


def _kept(constituents: Ragged, branches: ak.Array, dataset: Dataset, unit: float) -> Ragged:
    """Return those of all constituents that their sequence selects, so that padding is in no sum."""
    sequence = dataset.sequences["constituents"]
    if sequence.selection is None:
        return constituents
    apart = (*sequence.momentum(), WEIGHT)
    others = {name: branch for name, branch in sequence.branches().items() if name not in apart}
    values = _gev(constituents.values, unit)
    values |= _gev({name: flat(list_of(branches, branch))[0] for name, branch in others.items()}, 1)
    return constituents.keep(np.broadcast_to(evaluate(sequence.selection, values), constituents.counts.sum()))


def _constituents(branches: ak.Array, dataset: Dataset, sequence: momenta.Sequence, unit: float) -> Ragged:
    """Return the constituents that a sequence selects, without those of weight zero."""
    flat, counts = _lists(branches, sequence.branches())
    momentum = _gev(_momenta(Ragged(flat, counts), branches, dataset, sequence), unit)
    others = {name: flat[name] for name in flat if name not in (*sequence.momentum(), WEIGHT)}
    found, kept = Ragged(momentum | _gev(others, 1), counts), np.ones(counts.sum(), bool)
    if WEIGHT in flat:
        kept &= flat[WEIGHT] != 0
    if sequence.selection is not None:
        # Further variables as the file has them: an identity may have more digits than single precision.
        kept &= evaluate(sequence.selection, momentum | others, len(kept)) != 0
    return found if kept.all() else found.keep(kept)


def _momenta(columns: Ragged, branches: ak.Array, dataset: Dataset, sequence: momenta.Sequence) -> dict[str, Values]:
    """Return pt, eta, phi and energy of all constituents, in the unit of the file."""
    given = {name: columns.values[name] for name in sequence.momentum()}
    unit = _GEV[dataset.momentum_unit]
    if sequence.relative:
        assert dataset.jet is not None
        axis = _axis(branches, dataset.jet, dict.fromkeys(["eta", *sequence.relative]), unit)
        axis = {name: values[columns.owner] for name, values in axis.items()}
        given |= absolute({name: given[name] for name in sequence.relative}, axis, sequence.mirrored)
    found = polar(_whole(given, sequence, unit), CONSTITUENT[:4])
    return scaled(found, columns.values[WEIGHT]) if WEIGHT in columns.values else found


def _axis(branches: ak.Array, jet: momenta.Jet, wanted: Iterable[str], unit: float) -> dict[str, Values]:
    """Return the wanted components of the jets' own four-momenta (N,), in the unit of the file."""
    given = {name: number(branches, at) for name, at in jet.momentum().items()}
    return polar(_whole(given, jet, unit), wanted)


def _whole(given: dict[str, Values], section: momenta.Momentum, unit: float) -> dict[str, Values]:
    """Return components with the mass that a card assumes where they have neither mass nor energy."""
    mass = section.mass_assumed()
    return given if mass is None else given | {"mass": np.full(len(next(iter(given.values()))), mass / unit)}


def _lists(branches: ak.Array, names: Mapping[str, str]) -> tuple[dict[str, Values], Ints]:
    """Return the values of lists, each (M,), and how many each jet has, (N,).

    Raises:
        UserError: one of the branches holds no lists of numbers, or lists of other lengths.
    """
    found: dict[str, Values] = {}
    counts: Ints | None = None
    for name, branch in names.items():
        found[name], own = flat(list_of(branches, branch))
        counts = own if counts is None else counts
        if (own != counts).any():
            first = next(iter(names.values()))
            raise UserError(f"branch '{branch}' has not as many values a jet as '{first}'; correct the card")
    assert counts is not None
    return found, counts


def _gev(values: Mapping[str, Values], unit: float) -> dict[str, Values]:
    """Return values in single precision, all but angles times the unit."""
    return {
        name: _single(each if unit == 1 or name in ("eta", "phi") else np.multiply(each, unit, dtype=np.float64))
        for name, each in values.items()
    }


def _single(values: Values) -> Values:
    """Return values in single precision; those beyond its range become infinite, which the check looks for."""
    with np.errstate(over="ignore"):
        return np.asarray(values, np.float32)


def _labels(branches: ak.Array, dataset: Dataset, possible: Sequence[bool]) -> npt.NDArray[np.int64]:
    """Return the index of each jet's class, -1 for a jet of none or one that is not selected."""
    chosen = np.zeros((len(dataset.classes), len(branches)), bool)
    for index, each in enumerate(dataset.classes):
        if possible[index]:
            chosen[index] = evaluated("classes", each.selection, branches) if each.selection is not None else True
    if dataset.selection is not None:
        chosen &= np.asarray(evaluated("selection", dataset.selection, branches), bool)
    return the_one(chosen, [each.name for each in dataset.classes], "classes", "classes")
