"""What of a dataset card a tagger needs to read jets: no truth, no weights, no variable that it does not see."""

from collections.abc import Sequence
from typing import Any

from tagwerk.cards import momenta
from tagwerk.cards.dataset import ROW, Dataset, JetClass
from tagwerk.cards.expressions import branch_names
from tagwerk.cards.split import Split
from tagwerk.cards.tagger import Inputs
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.layers.schema import Schema

# Its label is that of all jets that are selected.
_ANY = JetClass.model_construct(name="any", label="any", color="#000000", selection=None, files=[])


def scoring_card(dataset: Dataset, inputs: Inputs, schema: Schema) -> Dataset:
    """Return the card without what a tagger with these inputs and columns does not need.

    There is one class, of all jets that pass `selection`. An event is a row of the file, in no piece of a split, unless
    a tree depends on its identity; `with_split` and `with_classes` add what a file may lack.
    """
    jet, computed = dataset.jet, (dataset.substructure, dataset.tau_variables)
    extra = {} if jet is None else {name: branch for name, branch in jet.extra.items() if name in inputs.scalars}
    substructure, tau_variables = ([name for name in names if name in inputs.scalars] for names in computed)
    columns = _columns(schema, substructure, tau_variables)
    if jet is None:
        columns.setdefault("constituents", set())
    return dataset.model_copy(
        update={
            "event": dataset.event if _needs_event(inputs) else [ROW],
            "jet": jet.model_copy(update={"extra": extra}) if jet is not None else None,
            "weight": None,
            "classes": [_ANY],
            "sequences": {
                name: _sequence(each, columns[name], _topologies(dataset, name, inputs))
                for name, each in dataset.sequences.items()
                if name in columns
            },
            "substructure": substructure,
            "tau_variables": tau_variables,
            "split": Split(),
            "reweighting": None,
        }
    )


def with_split(card: Dataset, dataset: Dataset) -> Dataset:
    """Return the card with the events and the split of the dataset's own."""
    return card.model_copy(update={"event": dataset.event, "split": dataset.split})


def without_classes(card: Dataset) -> Dataset:
    """Return the card with one class, of all jets that pass `selection`."""
    return card.model_copy(update={"classes": [_ANY]})


def with_classes(card: Dataset, dataset: Dataset) -> Dataset:
    """Return the card with the classes of the dataset's own."""
    return card.model_copy(update={"classes": dataset.classes})


def _columns(schema: Schema, substructure: Sequence[str], tau_variables: Sequence[str]) -> dict[str, set[str]]:
    """Return the variables that are needed of each sequence, beyond momenta."""
    columns: dict[str, set[str]] = {}
    for name, needed in schema.sequences.items():
        columns.setdefault(schema.trees.get(name, name), set()).update(needed)
    if substructure:
        columns.setdefault("constituents", set())
    for variable in tau_variables:
        for name, extra in TAU_VARIABLES[variable].needs.items():
            columns.setdefault(name, set()).update(extra)
    return columns


def _needs_event(inputs: Inputs) -> bool:
    """Return whether an input depends on the identity of the event: a chain in random order does."""
    return any(name.endswith("_random") for name in inputs.trees)


def _topologies(dataset: Dataset, sequence: str, inputs: Inputs) -> list[str]:
    return [topology for name, (of, topology) in dataset.trees().items() if of == sequence and name in inputs.trees]


def _sequence(sequence: momenta.Sequence, columns: set[str], trees: list[str]) -> momenta.Sequence:
    """Return a sequence with these columns and trees, and what its selection and its order need."""
    needed = columns | branch_names(sequence.order) | branch_names(sequence.selection or "0")
    truth: dict[str, Any] = {} if "truth" in needed else {"truth": None, "origins": []}
    extra = {name: branch for name, branch in sequence.extra.items() if name in needed}
    return sequence.model_copy(update={"extra": extra, "trees": trees, **truth})
