"""The features of a node of a jet's tree that networks see: those of a constituent, and Lund coordinates of merges."""

from tagwerk.arrays import Tensor
from tagwerk.jets.features import FEATURES, PT_ETA_PHI_ENERGY
from tagwerk.jets.lund import LUND
from tagwerk.jets.nodes import NodeView

NODE_FEATURES = (*PT_ETA_PHI_ENERGY, *FEATURES, *LUND)


def node_feature(view: NodeView, name: str) -> tuple[Tensor, Tensor]:
    """Return a feature of every node, (B, N), and which nodes have it: only merges have Lund coordinates."""
    if name in LUND:
        return LUND[name](view), view.ops.logical_and(view.mask, view.ops.logical_not(view.leaf))
    return (FEATURES[name](view) if name in FEATURES else view.constituents[name]), view.mask
