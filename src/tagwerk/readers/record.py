"""The jet record: the one vocabulary that every stage speaks.

An Awkward record array with the fields

- `event` (uint64) and `source` (string): identity, kept to the end;
- `label` (class index, int64) and `weight` (float32);
- `jet`: pt, eta, phi, mass (GeV, radians) and the scalar variables that the dataset's card declares;
- a variable-length list a named sequence, ordered by falling pT, of pt, eta, phi, energy and what the card declares.
"""

from collections.abc import Callable, Mapping, Sequence

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.cards import momenta
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import evaluate, names, uncounted
from tagwerk.cards.momenta import CONSTITUENT, MOMENTUM
from tagwerk.errors import UserError
from tagwerk.jets.identity import event_identity
from tagwerk.jets.momentum import polar, total
from tagwerk.jets.order import order_by_pt
from tagwerk.jets.substructure import add_variables

_GEV = {"GeV": 1.0, "MeV": 1e-3}


def jet_records(branches: ak.Array, dataset: Dataset, source: str, classes: Sequence[bool] | None = None) -> ak.Array:
    """Return the records of the jets that a dataset's card selects.

    Args:
        branches: as they stand in the file, one field each.
        dataset: the card.
        source: the name of the part that they come from.
        classes: whether the file may hold each of the card's classes; all by default.

    Raises:
        UserError: a jet is of several classes, or a branch holds what the card does not say.
    """
    if dataset.selection is not None:
        branches = branches[np.asarray(_evaluate("selection", dataset.selection, branches), bool)]
    label = _labels(branches, dataset, classes or [True] * len(dataset.classes))
    branches, label = branches[label >= 0], label[label >= 0]
    unit = _GEV[dataset.momentum_unit]
    sequences = {
        name: order_by_pt(_constituents(branches, sequence, unit))[:, : sequence.max_length]
        for name, sequence in dataset.sequences.items()
    }
    records = ak.zip(
        {
            "event": event_identity([_number(branches, name) for name in dataset.event]),
            "source": ak.Array([source] * len(branches)) if len(branches) else ak.Array([""])[:0],
            "label": label,
            "weight": _weight(branches, dataset),
            "jet": _jet(branches, dataset, unit),
        }
        | sequences,
        depth_limit=1,
    )
    return add_variables(records, dataset.substructure) if dataset.substructure else records


def _weight(branches: ak.Array, dataset: Dataset) -> npt.NDArray[np.float32]:
    if dataset.weight is None:
        return np.ones(len(branches), np.float32)
    return np.asarray(_evaluate("weight", dataset.weight, branches), np.float32)


def _jet(branches: ak.Array, dataset: Dataset, unit: float) -> ak.Array:
    """Return the jets' own variables: those that the card names, or the sum of all constituents."""
    if dataset.jet is None:
        columns = _columns(branches, dataset.sequences["constituents"].momentum(), _list)
        return _record(total(columns), MOMENTUM, unit, {})
    momentum = polar(_columns(branches, dataset.jet.momentum(), _number))
    return _record(momentum, MOMENTUM, unit, _columns(branches, dataset.jet.extra, _number))


def _constituents(branches: ak.Array, sequence: momenta.Sequence, unit: float) -> ak.Array:
    """Return a list of records a jet."""
    columns = _columns(branches, sequence.branches(), _list)
    names_of = sequence.branches()
    first = next(iter(columns))
    for name, values in columns.items():
        if ak.any(ak.num(values) != ak.num(columns[first])):
            raise UserError(
                f"branch '{names_of[name]}' has not as many values a jet as '{names_of[first]}'; correct the card"
            )
    momentum = {name: columns.pop(name) for name in sequence.momentum()}
    return _record(polar(momentum), CONSTITUENT[:4], unit, columns)


def _record(
    momentum: Mapping[str, ak.Array], wanted: tuple[str, ...], unit: float, others: Mapping[str, ak.Array]
) -> ak.Array:
    """Return a record of the wanted components, in GeV, and the other variables, all in single precision."""
    scaled = {name: momentum[name] * (1 if name in ("eta", "phi") else unit) for name in wanted}
    return ak.zip({name: ak.values_astype(values, np.float32) for name, values in {**scaled, **others}.items()})


def _columns(
    branches: ak.Array, variables: Mapping[str, str], take: Callable[[ak.Array, str], ak.Array]
) -> dict[str, ak.Array]:
    return {name: _finite(branch, take(branches, branch)) for name, branch in variables.items()}


def _labels(branches: ak.Array, dataset: Dataset, possible: Sequence[bool]) -> npt.NDArray[np.int64]:
    """Return the index of each jet's class, -1 for a jet of none."""
    chosen = np.zeros((len(dataset.classes), len(branches)), bool)
    for index, each in enumerate(dataset.classes):
        if possible[index]:
            chosen[index] = _evaluate("classes", each.selection, branches) if each.selection is not None else True
    if (chosen.sum(axis=0) > 1).any():
        both = [dataset.classes[index].name for index in np.flatnonzero(chosen[:, chosen.sum(axis=0) > 1][:, 0])]
        raise UserError(f"key 'classes': a jet is of the classes {' and '.join(both)}; make their selections exclusive")
    return np.where(chosen.any(axis=0), chosen.argmax(axis=0), -1)


def _evaluate(key: str, expression: str, branches: ak.Array) -> ak.Array:
    try:
        alone = uncounted(expression)
        value = evaluate(
            expression, {name: (_number if name in alone else _list)(branches, name) for name in names(expression)}
        )
    except UserError as mistake:
        raise UserError(f"key '{key}': {mistake}") from None
    return np.broadcast_to(value, len(branches))


def _number(branches: ak.Array, name: str) -> ak.Array:
    return _of_depth(branches, name, 1, "a number")


def _list(branches: ak.Array, name: str) -> ak.Array:
    return _of_depth(branches, name, 2, "a list of numbers")


def _of_depth(branches: ak.Array, name: str, depth: int, wanted: str) -> ak.Array:
    if branches[name].ndim != depth:
        raise UserError(f"branch '{name}' holds {branches[name].type.content} a jet, not {wanted}; correct the card")
    return branches[name]


def _finite(branch: str, values: ak.Array) -> ak.Array:
    """Return the values.

    Raises:
        UserError: one of them is infinite or not a number.
    """
    flat = ak.flatten(values, axis=None)
    wrong = flat[~np.isfinite(flat)]
    if len(wrong):
        places = f"in {len(wrong)} places" if len(wrong) > 1 else "in one place"
        raise UserError(f"branch '{branch}' holds {wrong[0]} {places}; leave such jets out by 'selection'")
    return values
