"""The nodes of a jet's tree, as features see them: its constituents, and what they merge to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Tensor
from tagwerk.jets.features import PT_ETA_PHI_ENERGY, FlatView, View
from tagwerk.jets.ragged import Ragged

# What the jet record holds of a merge, and a batch: there its momentum too, as that of constituents.
CHILDREN = ("harder", "softer")
MERGE = (*CHILDREN, *PT_ETA_PHI_ENERGY)


@dataclass(frozen=True)
class NodeView(View):
    """Jets whose `constituents` are the nodes of their trees: the constituents themselves first, then the merges.

    Attributes:
        leaf: (B, N), true where a node is a real constituent; sums over a jet go over these alone.
        harder, softer: pt, eta, phi and energy, (B, N) each, of a node's two branches, or of a constituent itself.
    """

    leaf: Tensor
    harder: Mapping[str, Tensor]
    softer: Mapping[str, Tensor]

    @property
    def summed(self) -> Tensor:
        """The constituents, (B, N)."""
        return self.leaf


@dataclass(frozen=True)
class FlatNodeView(FlatView, NodeView):
    """The same for M nodes of all jets one after the other, without padding: every array is (M,)."""


def flat_nodes(constituents: Ragged, merges: Ragged, jet: Mapping[str, Tensor]) -> FlatNodeView:
    """Return the nodes of N jets as features see them without padding: all constituents, then all merges.

    Args:
        constituents: with their momenta.
        merges: with children and momenta, as in `MERGE`.
        jet: variables (N,).
    """
    number = len(constituents.owner)
    momenta = {name: np.concatenate([constituents.values[name], merges.values[name]]) for name in PT_ETA_PHI_ENERGY}
    owner = np.concatenate([constituents.owner, merges.owner])
    leaf = np.arange(len(owner)) < number
    branches = []
    for child in CHILDREN:
        within = merges.values[child].astype(np.int64)
        own = constituents.counts[merges.owner]
        of_merge = number + merges.starts[merges.owner] + within - own
        at = np.where(within < own, constituents.starts[merges.owner] + within, of_merge)
        at = np.concatenate([np.arange(number), at])
        branches.append({name: values[at] for name, values in momenta.items()})
    scalars = {name: values[owner] for name, values in jet.items()}
    return FlatNodeView(
        np, momenta, scalars, np.ones(len(owner), bool), leaf=leaf, harder=branches[0], softer=branches[1], owner=owner
    )
