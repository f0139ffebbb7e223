"""The jet record: the vocabulary that all stages share.

An Awkward record array with the fields

- `event` (uint64) and `source` (string): identity, kept by all stages;
- `label` (class index, int64) and `weight` (float32);
- `jet`: pt, eta, phi, mass (GeV, radians) and the scalar variables that the dataset's card declares;
- one variable-length list per named sequence, of pt, eta, phi, energy and what the card declares, ordered as the card
  says, by default by descending pT;
- one list of merges per tree that the card asks for, such as `constituents_kt`: the child nodes `harder` and `softer`
  (uint16) of each. Nodes are numbered from zero: first the constituents in their order, then the merges in theirs, the
  root last. The momenta of merges are sums and not stored: `tagwerk.jets.trees.merge_momenta` computes them.

A chunk of a file is handled as plain columns. `jets_of` makes them from its branches, with all that the file holds;
after the check, which looks at all of it, `ordered` sorts and truncates the sequences; `with_trees` and
`with_substructure` use the constituents that are left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.arrays import Ints, Values
from tagwerk.cards import momenta
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import branch_names, evaluate
from tagwerk.cards.momenta import CONSTITUENT, DELTA_R, PT_ETA_PHI_MASS, WEIGHT
from tagwerk.errors import UserError
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.identity import event_identity, jet_identity
from tagwerk.jets.kinematics import delta_r
from tagwerk.jets.momentum import from_relative, polar, scaled, total_momentum
from tagwerk.jets.ragged import Ragged, flatten_lists
from tagwerk.jets.substructure import VARIABLES, SubstructureView
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.jets.tau_view import TauView
from tagwerk.jets.trees import build_trees
from tagwerk.readers.known_origins import check_origins
from tagwerk.readers.split_pieces import pieces_of
from tagwerk.readers.values import evaluate_per_jet, exclusive_index, list_branch, scalar_branch

_GEV_PER_UNIT = {"GeV": 1.0, "MeV": 1e-3}


def jets_of(
    branches: ak.Array,
    dataset: Dataset,
    source: str,
    classes: Sequence[bool] | None = None,
    piece: str | None = None,
) -> Chunk:
    """Return the jets that a dataset's card selects, their sequences untruncated and unordered.

    Args:
        branches: as in the file, one field each.
        dataset: the card.
        source: the name of the part that they come from.
        classes: whether the file may hold each of the card's classes; all by default.
        piece: of the whole file, where the card's split is by files; none by default.

    Raises:
        UserError: a jet belongs to several classes or pieces, a constituent has none of the card's origins, or a branch
            does not hold what the card says.
    """
    label = class_labels(branches, dataset, classes)
    if (label < 0).any():
        branches, label = branches[label >= 0], label[label >= 0]
    return labelled_jets(branches, label, dataset, source, piece)


def labelled_jets(
    branches: ak.Array, label: npt.NDArray[np.int64], dataset: Dataset, source: str, piece: str | None = None
) -> Chunk:
    """Return all jets of these branches, with these labels (N,); other arguments are those of `jets_of`.

    Raises:
        UserError: as `jets_of`.
    """
    unit = _GEV_PER_UNIT[dataset.momentum_unit]
    event = event_identity([scalar_branch(branches, name) for name in dataset.event], dataset.event)
    with np.errstate(all="ignore"):  # the check reports what is not finite
        jet = _jet(branches, dataset, unit)
        sequences = {name: _constituents(branches, dataset, each, unit) for name, each in dataset.sequences.items()}
    for name, each in dataset.sequences.items():
        check_origins(name, each, sequences[name])
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
    """Return these jets (all by default) with their sequences ordered, and truncated to their maximum length."""
    columns = [(chunk.sequences[name], sequence.order) for name, sequence in dataset.sequences.items()]
    keys = [evaluate(order, constituents.values, constituents.counts.sum()) for constituents, order in columns]
    max_lengths = {name: sequence.max_length for name, sequence in dataset.sequences.items()}
    jets = np.arange(len(chunk)) if jets is None else jets
    return chunk.ordered(dict(zip(max_lengths, keys, strict=True)), max_lengths, jets)


def finished(chunk: Chunk, dataset: Dataset, jets: Ints | None = None) -> ak.Array:
    """Return the records of these jets (all by default), with their trees and substructure."""
    return with_substructure(with_trees(ordered(chunk, dataset, jets), dataset), dataset).records()


def with_trees(chunk: Chunk, dataset: Dataset) -> Chunk:
    """Return the same jets with the trees that the card asks for, over their present constituents."""
    wanted = dataset.trees()
    identity = jet_identity(chunk.event, chunk.jet) if wanted else np.empty(0, np.uint64)
    trees = {
        name: build_trees(chunk.sequences[sequence], topology, identity)
        for name, (sequence, topology) in wanted.items()
    }
    return replace(chunk, trees=trees)


def with_substructure(chunk: Chunk, dataset: Dataset) -> Chunk:
    """Return the same jets with the variables of their constituents that the card asks for, those of taus included."""
    axis = (chunk.jet["eta"], chunk.jet["phi"])
    computed: dict[str, Values] = {}
    if dataset.substructure:
        jets = SubstructureView(chunk.sequences["constituents"], axis)
        computed |= {name: VARIABLES[name](jets) for name in dataset.substructure}
    if dataset.tau_variables:
        taus = TauView(chunk.sequences, axis)
        computed |= {name: TAU_VARIABLES[name].compute(taus) for name in dataset.tau_variables}
    return replace(chunk, jet={**chunk.jet, **computed}) if computed else chunk


def _weight(branches: ak.Array, dataset: Dataset) -> npt.NDArray[np.float32]:
    if dataset.weight is None:
        return np.ones(len(branches), np.float32)
    return _float32(evaluate_per_jet("weight", dataset.weight, branches))


def momenta_of(branches: ak.Array, dataset: Dataset, name: str) -> Ragged:
    """Return the weighted pt, eta, phi and energy of a sequence's constituents, in the unit of the file."""
    sequence = dataset.sequences[name]
    names = (*sequence.momentum(), WEIGHT)
    values, counts = _lists(branches, {name: branch for name, branch in sequence.branches().items() if name in names})
    return Ragged(_momenta(Ragged(values, counts), branches, dataset, sequence), counts)


def _jet(branches: ak.Array, dataset: Dataset, unit: float) -> dict[str, Values]:
    """Return the jets' own variables: those that the card names, or the sum of the constituents."""
    if dataset.jet is None:
        constituents = _selected(momenta_of(branches, dataset, "constituents"), branches, dataset, unit)
        return _to_gev(total_momentum(constituents.values, constituents.counts, PT_ETA_PHI_MASS), unit)
    extra = {name: scalar_branch(branches, branch) for name, branch in dataset.jet.extra.items()}
    return _to_gev(_axis(branches, dataset.jet, PT_ETA_PHI_MASS, unit), unit) | _to_gev(extra, 1)


def _selected(constituents: Ragged, branches: ak.Array, dataset: Dataset, unit: float) -> Ragged:
    """Return the constituents that their sequence selects, so that padding does not enter the sum."""
    sequence = dataset.sequences["constituents"]
    if sequence.selection is None:
        return constituents
    done = (*sequence.momentum(), WEIGHT)
    others = {name: branch for name, branch in sequence.branches().items() if name not in done}
    values = _to_gev(constituents.values, unit)
    values |= _to_gev({name: flatten_lists(list_branch(branches, branch))[0] for name, branch in others.items()}, 1)
    return constituents.keep(np.broadcast_to(evaluate(sequence.selection, values), constituents.counts.sum()))


def _constituents(branches: ak.Array, dataset: Dataset, sequence: momenta.Sequence, unit: float) -> Ragged:
    """Return the constituents that a sequence selects, without those of zero weight."""
    values, counts = _lists(branches, sequence.branches())
    momentum = _to_gev(_momenta(Ragged(values, counts), branches, dataset, sequence), unit)
    others = {name: values[name] for name in values if name not in (*sequence.momentum(), WEIGHT)}
    constituents, kept = Ragged(momentum | _to_gev(others, 1), counts), np.ones(counts.sum(), bool)
    if WEIGHT in values:
        kept &= values[WEIGHT] != 0
    if sequence.selection is not None:
        # Other variables as in the file: an identity may have more digits than single precision.
        known = momentum | others
        if DELTA_R in branch_names(sequence.selection):
            known |= {DELTA_R: _delta_r(constituents, branches, dataset, unit)}
        kept &= evaluate(sequence.selection, known, len(kept)) != 0
    return constituents if kept.all() else constituents.keep(kept)


def _delta_r(constituents: Ragged, branches: ak.Array, dataset: Dataset, unit: float) -> Values:
    """Return the distances of constituents to their jets' axes, (M,)."""
    assert dataset.jet is not None
    axis = _axis(branches, dataset.jet, ("eta", "phi"), unit)
    eta, phi = (axis[name][constituents.jet_index] for name in ("eta", "phi"))
    return delta_r(constituents.values["eta"], constituents.values["phi"], eta, phi)


def _momenta(columns: Ragged, branches: ak.Array, dataset: Dataset, sequence: momenta.Sequence) -> dict[str, Values]:
    """Return pt, eta, phi and energy of all constituents, in the unit of the file."""
    given = {name: columns.values[name] for name in sequence.momentum()}
    unit = _GEV_PER_UNIT[dataset.momentum_unit]
    if sequence.relative:
        assert dataset.jet is not None
        axis = _axis(branches, dataset.jet, dict.fromkeys(["eta", *sequence.relative]), unit)
        axis = {name: values[columns.jet_index] for name, values in axis.items()}
        given |= from_relative({name: given[name] for name in sequence.relative}, axis, sequence.mirrored)
    momentum = polar(_with_assumed_mass(given, sequence, unit), CONSTITUENT[:4])
    return scaled(momentum, columns.values[WEIGHT]) if WEIGHT in columns.values else momentum


def _axis(branches: ak.Array, jet: momenta.Jet, wanted: Iterable[str], unit: float) -> dict[str, Values]:
    """Return the wanted components of the jets' own four-momenta (N,), in the unit of the file."""
    given = {name: scalar_branch(branches, branch) for name, branch in jet.momentum().items()}
    return polar(_with_assumed_mass(given, jet, unit), wanted)


def _with_assumed_mass(given: dict[str, Values], section: momenta.Momentum, unit: float) -> dict[str, Values]:
    """Return components with the mass that a card assumes where they have neither mass nor energy."""
    mass = section.fallback_mass()
    return given if mass is None else given | {"mass": np.full(len(next(iter(given.values()))), mass / unit)}


def _lists(branches: ak.Array, names: Mapping[str, str]) -> tuple[dict[str, Values], Ints]:
    """Return the values of lists, each (M,), and their number per jet, (N,).

    Raises:
        UserError: a branch does not hold lists of numbers, or its lists differ in length from the others'.
    """
    values: dict[str, Values] = {}
    counts: Ints | None = None
    for name, branch in names.items():
        values[name], lengths = flatten_lists(list_branch(branches, branch))
        counts = lengths if counts is None else counts
        if (lengths != counts).any():
            first = next(iter(names.values()))
            raise UserError(f"branches '{first}' and '{branch}' hold lists of different lengths; correct the card")
    assert counts is not None
    return values, counts


def _to_gev(values: Mapping[str, Values], unit: float) -> dict[str, Values]:
    """Return values in single precision, all but angles scaled by the unit."""
    return {
        name: _float32(column if unit == 1 or name in ("eta", "phi") else np.multiply(column, unit, dtype=np.float64))
        for name, column in values.items()
    }


def _float32(values: Values) -> Values:
    """Return values in single precision; those beyond its range become infinite, which the check reports."""
    with np.errstate(over="ignore"):
        return np.asarray(values, np.float32)


def class_labels(branches: ak.Array, dataset: Dataset, possible: Sequence[bool] | None = None) -> npt.NDArray[np.int64]:
    """Return the index of each jet's class, (N,), -1 for a jet that has none or is not selected.

    Args:
        branches: of the jets.
        dataset: the card.
        possible: whether the file may hold each of the card's classes; all by default.

    Raises:
        UserError: a jet belongs to several classes.
    """
    chosen = np.zeros((len(dataset.classes), len(branches)), bool)
    for index, jet_class in enumerate(dataset.classes):
        if possible is None or possible[index]:
            selection = jet_class.selection
            chosen[index] = evaluate_per_jet("classes", selection, branches) if selection is not None else True
    if dataset.selection is not None:
        chosen &= np.asarray(evaluate_per_jet("selection", dataset.selection, branches), bool)
    return exclusive_index(chosen, [jet_class.name for jet_class in dataset.classes], "classes", "classes")
