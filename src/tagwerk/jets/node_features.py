"""The features of a node of a jet's tree that networks see: those of its momentum, and those of some nodes only.

Only merges have Lund coordinates, and only constituents have further variables such as impact parameters.
"""

from tagwerk.arrays import Tensor
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY, feature_of
from tagwerk.jets.lund import LUND
from tagwerk.jets.nodes import NodeView

# Of all nodes, or of merges.
NODE_FEATURES = (*PT_ETA_PHI_ENERGY, *FEATURES, *LUND)


def node_feature(view: NodeView, name: str) -> tuple[Tensor, Tensor]:
    """Return a feature of every node, (B, N), and which nodes have it."""
    if name in LUND:
        return LUND[name](view), view.ops.logical_and(view.mask, view.ops.logical_not(view.leaf))
    return feature_of(view, name), view.mask if name in NODE_FEATURES else view.leaf
