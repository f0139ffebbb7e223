"""The nodes of a jet's tree as features see them: its constituents and their merges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tagwerk.arrays import Tensor
from tagwerk.jets.features import PT_ETA_PHI_ENERGY, FlatView, JetView

if TYPE_CHECKING:
    from tagwerk.jets.ragged import Ragged

# Fields of a merge in the jet record, and in a batch, which also has its momentum, like that of constituents.
CHILDREN = ("harder", "softer")
MERGE_FIELDS = (*CHILDREN, *PT_ETA_PHI_ENERGY)


@dataclass(frozen=True)
class NodeView(JetView):
    """Jets whose `constituents` are the nodes of their trees: first the constituents themselves, then the merges.

    Attributes:
        constituents: one array (B, N) per variable; variables other than the momentum are zero for merges.
        leaf: (B, N), true where a node is a real constituent; sums over a jet run over these only.
        harder, softer: pt, eta, phi and energy, (B, N) each, of a node's two branches, or of a constituent itself.
    """

    leaf: Tensor
    harder: Mapping[str, Tensor]
    softer: Mapping[str, Tensor]

    @property
    def constituent_mask(self) -> Tensor:
        """The constituents, (B, N)."""
        return self.leaf


@dataclass(frozen=True)
class FlatNodeView(FlatView, NodeView):
    """The same for the M concatenated nodes of all jets, without padding: every array is (M,)."""


def flat_nodes(constituents: "Ragged", merges: "Ragged", jet: Mapping[str, Tensor]) -> FlatNodeView:
    """Return the nodes of N jets as features see them without padding: all constituents, then all merges.

    Args:
        constituents: with their momenta and perhaps further variables.
        merges: with children and momenta, as in `MERGE_FIELDS`.
        jet: variables (N,).
    """
    leaves = len(constituents.jet_index)
    none = np.zeros(len(merges.jet_index), np.float32)  # of further variables
    nodes = {
        name: np.concatenate([values, merges.values[name] if name in PT_ETA_PHI_ENERGY else none])
        for name, values in constituents.values.items()
    }
    jet_index = np.concatenate([constituents.jet_index, merges.jet_index])
    leaf = np.arange(len(jet_index)) < leaves
    branches = []
    for child in CHILDREN:
        node = merges.values[child].astype(np.int64)
        count = constituents.counts[merges.jet_index]
        merge_position = leaves + merges.starts[merges.jet_index] + node - count
        position = np.where(node < count, constituents.starts[merges.jet_index] + node, merge_position)
        position = np.concatenate([np.arange(leaves), position])
        branches.append({name: nodes[name][position] for name in PT_ETA_PHI_ENERGY})
    scalars = {name: values[jet_index] for name, values in jet.items()}
    real = np.ones(len(jet_index), bool)
    return FlatNodeView(
        np, nodes, scalars, real, leaf=leaf, harder=branches[0], softer=branches[1], jet_index=jet_index
    )
