"""The jet record: the one vocabulary that every stage speaks.

An Awkward record array with the fields

- `event` (uint64) and `source` (string): identity, kept to the end;
- `label` (class index, int64) and `weight` (float32);
- `jet`: pt, eta, phi, mass (GeV, radians) and the scalar variables that the dataset's card declares;
- a variable-length list a named sequence, ordered by falling pT, of pt, eta, phi, energy and what the card declares.
"""

import awkward as ak
import numpy as np
import numpy.typing as npt

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.expressions import evaluate
from tagwerk.errors import UserError
from tagwerk.jets.identity import event_identity
from tagwerk.jets.order import order_by_pt
from tagwerk.jets.substructure import add_variables


def jet_records(branches: ak.Array, dataset: Dataset, source: str) -> ak.Array:
    """Return the records of the jets that a dataset's card selects.

    Args:
        branches: as they stand in the file, one field each.
        dataset: the card.
        source: the name of the part that they come from.

    Raises:
        UserError: a jet is of several classes.
    """
    if dataset.selection is not None:
        branches = branches[ak.values_astype(evaluate(dataset.selection, _columns(branches)), bool)]
    label = _labels(branches, dataset)
    branches, label = branches[label >= 0], label[label >= 0]
    sequences = {
        name: order_by_pt(_variables(branches, sequence.branches()))[:, : sequence.max_length]
        for name, sequence in dataset.sequences.items()
    }
    records = ak.zip(
        {
            "event": event_identity([branches[name] for name in dataset.event]),
            "source": ak.Array([source] * len(branches)) if len(branches) else ak.Array([""])[:0],
            "label": label,
            "weight": np.ones(len(branches), np.float32),
            "jet": _variables(branches, dataset.jet.branches()),
        }
        | sequences,
        depth_limit=1,
    )
    return add_variables(records, dataset.substructure) if dataset.substructure else records


def _columns(branches: ak.Array) -> dict[str, ak.Array]:
    return {name: branches[name] for name in ak.fields(branches)}


def _variables(branches: ak.Array, names: dict[str, str]) -> ak.Array:
    """Return a record of the named branches: one a jet, or a list of them a jet."""
    return ak.zip({name: ak.values_astype(branches[branch], np.float32) for name, branch in names.items()})


def _labels(branches: ak.Array, dataset: Dataset) -> npt.NDArray[np.int64]:
    """Return the index of each jet's class, -1 for a jet of none."""
    columns = _columns(branches)
    chosen = np.stack([np.asarray(evaluate(each.selection, columns), bool) for each in dataset.classes])
    if (chosen.sum(axis=0) > 1).any():
        both = [dataset.classes[index].name for index in np.flatnonzero(chosen[:, chosen.sum(axis=0) > 1][:, 0])]
        raise UserError(f"key 'classes': a jet is of the classes {' and '.join(both)}; make their selections exclusive")
    return np.where(chosen.any(axis=0), chosen.argmax(axis=0), -1)
