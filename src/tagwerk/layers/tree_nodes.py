"""The nodes of jets' trees, in front of every recursive network: their features, and which are whose children."""

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.node_features import node_feature
from tagwerk.jets.nodes import MERGE, NodeView
from tagwerk.layers.constituent_features import Features
from tagwerk.layers.explicit_mask import ExplicitMask

_DOUBLINGS = 15  # so many steps, each twice as far as the one before, go up a branch of 2^15 merges


@keras.saving.register_keras_serializable("tagwerk")
class NodeFeatures(Features):
    """Normalised features of the nodes of jets' trees: all T constituents, then as many merges; zero where padded.

    The features are those of `tagwerk.jets.node_features`; what only merges have is zero for constituents.

    Call arguments: constituents (B, T, K) and merges (B, T, 6) as in `tagwerk.jets.nodes.MERGE`; jet (B, J), in GeV and
    radians; mask of the constituents and of the merges, (B, T) each, true where real.
    Returns: (B, 2 T, F).
    """

    def call(self, constituents: Tensor, merges: Tensor, jet: Tensor, mask: Tensor, merge_mask: Tensor) -> Tensor:
        """Return the features of the nodes."""
        view = self._view(constituents, merges, jet, mask, merge_mask)
        values, having = zip(*(node_feature(view, name) for name in self.names), strict=True)
        return ops.where(ops.stack(having, axis=-1), self.normalised(ops.stack(values, axis=-1)), 0.0)

    def _view(self, constituents: Tensor, merges: Tensor, jet: Tensor, mask: Tensor, merge_mask: Tensor) -> NodeView:
        momenta = {
            name: ops.concatenate([constituents[..., self.fields.index(name)], merges[..., MERGE.index(name)]], axis=1)
            for name in PT_ETA_PHI_ENERGY
        }
        real = ops.concatenate([mask, merge_mask], axis=1)
        branches = []
        for child in (0, 1):
            found = places(merges, mask, merge_mask)[..., child]
            found = ops.where(real, ops.where(found < 0, ops.arange(ops.shape(found)[1]), found), 0)
            branches.append({name: ops.take_along_axis(each, found, axis=1) for name, each in momenta.items()})
        return NodeView(
            ops,
            momenta,
            {name: jet[:, index : index + 1] for index, name in enumerate(self.scalars)},
            real,
            leaf=ops.concatenate([mask, ops.zeros_like(mask)], axis=1),
            harder=branches[0],
            softer=branches[1],
        )


@keras.saving.register_keras_serializable("tagwerk")
class Children(ExplicitMask):
    """The places of each node's children among the nodes, the harder first; -1 for constituents, which have none.

    Call arguments: merges (B, T, 6); masks of the constituents and of the merges, (B, T) each.
    Returns: (B, 2 T, 2), integers.
    """

    def call(self, merges: Tensor, mask: Tensor, merge_mask: Tensor) -> Tensor:
        """Return the children of the nodes."""
        return places(merges, mask, merge_mask)


@keras.saving.register_keras_serializable("tagwerk")
class PrimaryBranch(ExplicitMask):
    """Which merges are on the branch that goes from the root to the harder of two branches, again and again.

    Call arguments: children (B, N, 2), the harder first, -1 where none; mask (B, N), true where a node is real.
    Returns: (B, N), false for constituents.
    """

    def call(self, children: Tensor, mask: Tensor) -> Tensor:
        """Return whether each node is a merge on the primary branch."""
        number = ops.shape(children)[1]
        each = ops.broadcast_to(ops.arange(number), ops.shape(mask))
        merge = ops.logical_and(mask, children[..., 0] >= 0)
        above = _above(ops.where(merge, children[..., 0], number), each)
        for _ in range(_DOUBLINGS):
            above = ops.take_along_axis(above, above, axis=1)
        root = ops.max(ops.where(mask, each, -1), axis=1, keepdims=True)
        return ops.logical_and(merge, above == root)


def places(merges: Tensor, mask: Tensor, merge_mask: Tensor) -> Tensor:
    """Return where the children of the nodes stand among them, (B, 2 T, 2), -1 for constituents and where padded.

    In the jet record, merges are numbered behind the constituents that a jet has; in a batch behind those it is padded
    to.
    """
    own, length = ops.sum(ops.cast(mask, "int32"), axis=1)[:, None, None], ops.shape(mask)[1]
    children = ops.cast(merges[..., :2], "int32")
    children = ops.where(children < own, children, children - own + length)
    children = ops.where(merge_mask[..., None], children, -1)
    return ops.concatenate([-ops.ones_like(children), children], axis=1)


def _above(harder: Tensor, each: Tensor) -> Tensor:
    """Return the node of which each node, (B, N), is the harder child, or itself where there is none.

    Args:
        harder: the harder child of each node; N where none.
        each: 0, 1, ... N - 1 of each jet.
    """
    jets, number = ops.shape(each)
    start = ops.arange(jets)[:, None] * (number + 1)
    padded = ops.concatenate([each, ops.zeros_like(each[:, :1])], axis=1)
    found = ops.scatter_update(
        ops.reshape(padded, (-1,)), ops.reshape(start + harder, (-1, 1)), ops.reshape(each, (-1,))
    )
    return ops.reshape(found, (jets, number + 1))[:, :number]
