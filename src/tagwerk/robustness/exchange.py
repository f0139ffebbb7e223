"""Inputs exchanged between jets at random, which breaks their relation to the jet's class and to its other inputs.

The loss in performance is the importance of these inputs to a trained tagger (permutation importance: Breiman, Machine
Learning 45 (2001) 5; Fisher, Rudin and Dominici, arXiv:1801.01489).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tagwerk.arrays import Bools, Ints, Values
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.jets.ragged import Ragged
from tagwerk.robustness.moved_jets import energy_of, energy_over_momentum

MOMENTUM, DIRECTION = "momentum", "direction"  # groups of columns; others are single columns


def exchange_variable(chunk: Chunk, random: np.random.Generator, name: str) -> Chunk:
    """Return the jets (N,) with one of their own variables permuted among all of them."""
    return replace(chunk, jet={**chunk.jet, name: random.permutation(chunk.jet[name])})


def exchange_columns(chunk: Chunk, random: np.random.Generator, sequence: str, columns: Sequence[str]) -> Chunk:
    """Return the jets with columns of a sequence permuted among the constituents of the same rank of all jets.

    Args:
        chunk: the jets.
        random: generator of the permutations, one per rank and the same for all columns.
        sequence: whose constituents exchange columns.
        columns: `momentum` for the share of the jet's pT together with E/p; `direction` for Δη and Δφ to the jet's
            axis; or the names of further columns.
    """
    constituents = chunk.sequences[sequence]
    return _with(chunk, sequence, columns, _donors(constituents, np.ones(len(constituents.jet_index), bool), random))


def exchange_ranks(chunk: Chunk, random: np.random.Generator, sequence: str, first: int, last: int | None) -> Chunk:
    """Return the jets with the constituents of ranks `first` to `last`, from one, permuted among jets that have them.

    A constituent takes its share of the jet's pT, its direction relative to the jet's axis, E/p and all further columns
    along. The last rank is included; None means all further ones.
    """
    constituents = chunk.sequences[sequence]
    rank = ranks(constituents)
    chosen = (rank >= first) & (rank <= (np.inf if last is None else last))
    columns = [MOMENTUM, DIRECTION, *(name for name in constituents.values if name not in PT_ETA_PHI_ENERGY)]
    return _with(chunk, sequence, columns, _donors(constituents, chosen, random))


def ranks(constituents: Ragged) -> Ints:
    """Return the rank of each constituent in its jet, from one, (M,)."""
    return np.arange(len(constituents.jet_index)) - constituents.starts[constituents.jet_index] + 1


def _donors(constituents: Ragged, chosen: Bools, random: np.random.Generator) -> Ints:
    """Return the constituent from which each takes values, (M,): itself, or one of the same rank if it is chosen."""
    rank, donors = ranks(constituents), np.arange(len(constituents.jet_index))
    members = np.flatnonzero(chosen)
    in_order = members[np.argsort(rank[members], kind="stable")]
    donors[in_order] = members[np.lexsort((random.uniform(size=len(members)), rank[members]))]
    return donors


def _with(chunk: Chunk, sequence: str, columns: Sequence[str], donors: Ints) -> Chunk:
    constituents = chunk.sequences[sequence]
    changed: dict[str, Values] = dict(constituents.values)
    for column in columns:
        changed |= _GROUPS[column](chunk, constituents, donors) if column in _GROUPS else {}
        if column not in _GROUPS:
            changed[column] = constituents.values[column][donors]
    if {MOMENTUM, DIRECTION} & set(columns):
        ratio = energy_over_momentum(constituents)
        ratio = ratio[donors] if MOMENTUM in columns else ratio
        changed["energy"] = energy_of(changed["pt"], changed["eta"], ratio)
    moved = donors != np.arange(len(donors))
    values = {
        name: np.where(moved, changed[name], each).astype(each.dtype) for name, each in constituents.values.items()
    }
    return replace(chunk, sequences={**chunk.sequences, sequence: Ragged(values, constituents.counts)}, trees={})


def _momentum(chunk: Chunk, constituents: Ragged, donors: Ints) -> dict[str, Values]:
    jet_pt = np.maximum(chunk.jet["pt"].astype(np.float64)[constituents.jet_index], 1e-4)
    return {"pt": (constituents.values["pt"] / jet_pt)[donors] * jet_pt}


def _direction(chunk: Chunk, constituents: Ragged, donors: Ints) -> dict[str, Values]:
    eta, phi = (chunk.jet[name].astype(np.float64)[constituents.jet_index] for name in ("eta", "phi"))
    delta_eta, delta_phi = constituents.values["eta"] - eta, constituents.values["phi"] - phi
    return {"eta": eta + delta_eta[donors], "phi": wrap_phi(phi + delta_phi[donors])}


_GROUPS: dict[str, Callable[[Chunk, Ragged, Ints], dict[str, Values]]] = {MOMENTUM: _momentum, DIRECTION: _direction}
