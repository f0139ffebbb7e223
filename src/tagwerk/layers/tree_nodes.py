"""The nodes of jets' trees, the first layers of every recursive network: their features and children."""

from types import ModuleType

import keras
import numpy as np
from keras import ops

from tagwerk.arrays import Bools, Floats32, Tensor
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import node_feature
from tagwerk.jets.nodes import MERGE_FIELDS, NodeView, flat_nodes
from tagwerk.layers.constituent_features import NormalisedFeatures, packed_values
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.portable import packing_enabled

_DOUBLINGS = 15  # steps, each twice as long as the one before, to climb a branch of 2^15 merges


@keras.saving.register_keras_serializable("tagwerk")
class NodeFeatures(NormalisedFeatures):
    """Normalised features of the nodes of jets' trees: T constituents, then T merges; zero where padded.

    The features are those of `tagwerk.jets.node_features`; those of merges only are zero for constituents, and those of
    constituents only are zero for merges.

    Call arguments: constituents (B, T, K) and merges (B, T, 6) as in `tagwerk.jets.nodes.MERGE_FIELDS`; jet (B, J), in
    GeV and radians; mask of the constituents and of the merges, (B, T) each, true where real.
    Returns: (B, 2 T, F).
    """

    def call(self, constituents: Tensor, merges: Tensor, jet: Tensor, mask: Tensor, merge_mask: Tensor) -> Tensor:
        """Return the features of the nodes."""
        if packing_enabled():
            from tagwerk.layers.numpy_operation import numpy_function

            arguments = [constituents, merges, jet, mask, merge_mask]
            return numpy_function(self._of_arrays, arguments, (constituents.shape[0], None, len(self.names)))
        return self._normalised(ops, self._view(constituents, merges, jet, mask, merge_mask))

    def _of_arrays(
        self, constituents: Floats32, merges: Floats32, jet: Floats32, mask: Bools, merge_mask: Bools
    ) -> Floats32:
        length = mask.shape[1]
        out = np.zeros((len(mask), length + merge_mask.shape[1], len(self.names)), np.float32)
        leaves = packed_values(self.fields, constituents, mask)
        merged = packed_values([*MERGE_FIELDS], merges, merge_mask)
        with np.errstate(all="ignore"):  # as with TensorFlow, wrong values may give infinities and NaN
            nodes = flat_nodes(leaves, merged, dict(zip(self.scalars, jet.T, strict=True)))
            values = self._normalised(np, nodes)
        out[:, :length][mask], out[:, length:][merge_mask] = np.split(values, [len(leaves.jet_index)])
        return out

    def _normalised(self, array_library: ModuleType, view: NodeView) -> Tensor:
        values, defined = zip(*(node_feature(view, name) for name in self.names), strict=True)
        normalised = self.normalise(array_library, array_library.stack(values, axis=-1))
        return array_library.where(array_library.stack(defined, axis=-1), normalised, 0.0)

    def _view(self, constituents: Tensor, merges: Tensor, jet: Tensor, mask: Tensor, merge_mask: Tensor) -> NodeView:
        nodes = {
            name: ops.concatenate([constituents[..., index], _variable_of(merges, name)], axis=1)
            for index, name in enumerate(self.fields)
        }
        real = ops.concatenate([mask, merge_mask], axis=1)
        branches = []
        for child in (0, 1):
            indices = child_indices(merges, mask, merge_mask)[..., child]
            indices = ops.where(real, ops.where(indices < 0, ops.arange(ops.shape(indices)[1]), indices), 0)
            branches.append({name: ops.take_along_axis(nodes[name], indices, axis=1) for name in PT_ETA_PHI_ENERGY})
        return NodeView(
            ops,
            nodes,
            {name: jet[:, index : index + 1] for index, name in enumerate(self.scalars)},
            real,
            leaf=ops.concatenate([mask, ops.zeros_like(mask)], axis=1),
            harder=branches[0],
            softer=branches[1],
        )


@keras.saving.register_keras_serializable("tagwerk")
class Children(ExplicitMask):
    """The indices of each node's children among the nodes, the harder first; -1 for constituents, which have none.

    Call arguments: merges (B, T, 6); masks of the constituents and of the merges, (B, T) each.
    Returns: (B, 2 T, 2), integers.
    """

    def call(self, merges: Tensor, mask: Tensor, merge_mask: Tensor) -> Tensor:
        """Return the children of the nodes."""
        return child_indices(merges, mask, merge_mask)


@keras.saving.register_keras_serializable("tagwerk")
class PrimaryBranch(ExplicitMask):
    """Whether each node is a merge on the primary branch, which follows the harder branch from the root on.

    Call arguments: children (B, N, 2), the harder first, -1 where none; mask (B, N), true where a node is real.
    Returns: (B, N), false for constituents.
    """

    def call(self, children: Tensor, mask: Tensor) -> Tensor:
        """Return the mask of the primary branch."""
        nodes = ops.shape(children)[1]
        index = ops.broadcast_to(ops.arange(nodes), ops.shape(mask))
        merge = ops.logical_and(mask, children[..., 0] >= 0)
        ancestor = _parents(ops.where(merge, children[..., 0], nodes), index)
        for _ in range(_DOUBLINGS):
            ancestor = ops.take_along_axis(ancestor, ancestor, axis=1)
        root = ops.max(ops.where(mask, index, -1), axis=1, keepdims=True)
        return ops.logical_and(merge, ancestor == root)


def child_indices(merges: Tensor, mask: Tensor, merge_mask: Tensor) -> Tensor:
    """Return the indices of the nodes' children, (B, 2 T, 2), -1 for constituents and where padded.

    In the jet record, the indices of merges start after the jet's constituents; in a batch, after its padding.
    """
    count, length = ops.sum(ops.cast(mask, "int32"), axis=1)[:, None, None], ops.shape(mask)[1]
    children = ops.cast(merges[..., :2], "int32")
    children = ops.where(children < count, children, children - count + length)
    children = ops.where(merge_mask[..., None], children, -1)
    return ops.concatenate([-ops.ones_like(children), children], axis=1)


def _variable_of(merges: Tensor, name: str) -> Tensor:
    """Return a component of the merges' momenta, (B, T), or zero for a variable that only constituents have."""
    return merges[..., MERGE_FIELDS.index(name)] if name in PT_ETA_PHI_ENERGY else ops.zeros_like(merges[..., 0])


def _parents(harder: Tensor, index: Tensor) -> Tensor:
    """Return the node of which each node, (B, N), is the harder child, or the node itself if there is none.

    Args:
        harder: the harder child of each node; N where none.
        index: 0, 1, ... N - 1 for each jet.
    """
    jets, nodes = ops.shape(index)
    start = ops.arange(jets)[:, None] * (nodes + 1)
    padded = ops.concatenate([index, ops.zeros_like(index[:, :1])], axis=1)
    parents = ops.scatter_update(
        ops.reshape(padded, (-1,)), ops.reshape(start + harder, (-1, 1)), ops.reshape(index, (-1,))
    )
    return ops.reshape(parents, (jets, nodes + 1))[:, :nodes]
