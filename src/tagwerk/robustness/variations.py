"""All changes of the input with which a tagger is probed: perturbations of the jets, and exchanges between them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from tagwerk.cards.tagger import Inputs
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.layers.schema import Schema
from tagwerk.robustness.add import add_soft
from tagwerk.robustness.drop import drop_fraction, drop_soft
from tagwerk.robustness.exchange import DIRECTION, MOMENTUM, exchange_columns, exchange_ranks, exchange_variable
from tagwerk.robustness.shuffle import shuffle
from tagwerk.robustness.smear import smear_directions, smear_momenta

Change = Callable[[Chunk, np.random.Generator], Chunk]

_RANKS: list[tuple[int, int | None]] = [(1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, None)]


@dataclass(frozen=True)
class Variation:
    """One change of the input.

    Attributes:
        name: unique within its kind and sequence.
        title: in tables and figures.
        change: of jets whose constituents are ordered.
        sequence: the only one that changes; None for all, or for a variable of the jet.
        ordered: whether the constituents are ordered anew.
        substructure: whether variables of the constituents are computed anew.
    """

    name: str
    title: str
    change: Change
    sequence: str | None = None
    ordered: bool = True
    substructure: bool = False

    @property
    def key(self) -> str:
        """The name, with that of the sequence if there is one."""
        return self.name if self.sequence is None else f"{self.sequence}.{self.name}"


# ASSUME: typical sizes. Calorimeters and tracking measure soft constituents to 1 to 10 %, directions to a fraction of
# a tower of 0.1; thresholds for constituents differ between experiments and generators by about a GeV; pile-up
# mitigation leaves or takes away a few constituents.
PERTURBATIONS: dict[str, tuple[str, Change]] = {
    "smear_momenta_1": ("Momenta smeared by 1 %", partial(smear_momenta, resolution=0.01)),
    "smear_momenta_5": ("Momenta smeared by 5 %", partial(smear_momenta, resolution=0.05)),
    "smear_momenta_10": ("Momenta smeared by 10 %", partial(smear_momenta, resolution=0.1)),
    "smear_directions": ("η and φ smeared by 0.02", partial(smear_directions, resolution=0.02)),
    "drop_below_1": ("Below 1 GeV dropped", partial(drop_soft, threshold=1.0)),
    "drop_below_2": ("Below 2 GeV dropped", partial(drop_soft, threshold=2.0)),
    "drop_5": ("5 % dropped at random", partial(drop_fraction, fraction=0.05)),
    "drop_10": ("10 % dropped at random", partial(drop_fraction, fraction=0.1)),
    "add_5": ("5 soft constituents added", partial(add_soft, mean=5.0)),
    "add_20": ("20 soft constituents added", partial(add_soft, mean=20.0)),
    "shuffle": ("Order shuffled", shuffle),
}


def perturbations() -> list[Variation]:
    """Return all perturbations of the jets."""
    return [
        Variation(name, title, change, ordered=change is not shuffle, substructure=change is not shuffle)
        for name, (title, change) in PERTURBATIONS.items()
    ]


def input_exchanges(inputs: Inputs, schema: Schema) -> list[Variation]:
    """Return one exchange per jet variable that a tagger reads, and per group of columns of its sequences."""
    variables = [Variation(name, name, partial(exchange_variable, name=name)) for name in inputs.scalars]
    return variables + [each for name in _sequences(schema) for each in _column_exchanges(name, schema.sequences)]


def rank_exchanges(schema: Schema) -> list[Variation]:
    """Return one exchange per sequence and range of ranks."""
    return [
        Variation(
            _rank_text(first, last),
            _rank_text(first, last),
            partial(exchange_ranks, sequence=name, first=first, last=last),
            name,
        )
        for name in _sequences(schema)
        for first, last in _RANKS
    ]


def _column_exchanges(sequence: str, columns: Mapping[str, list[str]]) -> Iterator[Variation]:
    # ASSUME: features of a constituent are functions of pT, η, φ, E and each other: they are exchanged together. Apart,
    # each would look unimportant, as the others still tell what it said.
    groups = {MOMENTUM: "share of pT, E/p", DIRECTION: "Δη, Δφ"}
    groups |= {name: name for name in columns[sequence] if name not in PT_ETA_PHI_ENERGY}
    for group, title in groups.items():
        yield Variation(group, title, partial(exchange_columns, sequence=sequence, columns=[group]), sequence)


def _sequences(schema: Schema) -> list[str]:
    """Return the sequences that a tagger reads, also those of the leaves of its trees."""
    return [name for name in schema.sequences if name not in schema.trees]


def _rank_text(first: int, last: int | None) -> str:
    if last is None:
        return f"from {first} on"
    return str(first) if first == last else f"{first} to {last}"
