"""Recursive layers over trees."""

from typing import Any, Literal

import keras

from tagwerk.arrays import Tensor
from tagwerk.layers import portable_cells
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.portable import packs
from tagwerk.layers.portable_scan import last, states
from tagwerk.packed import recursive_cells
from tagwerk.packed.forest import Recursion

Shape = tuple[Any, ...]

_CELLS = {
    "child_sum": (portable_cells.CHILD_SUM, recursive_cells.CHILD_SUM),
    "n_ary": (portable_cells.N_ARY, recursive_cells.N_ARY),
    "simple": (portable_cells.SIMPLE, recursive_cells.SIMPLE),
    "gated": (portable_cells.GATED, recursive_cells.GATED),
}


@keras.saving.register_keras_serializable("tagwerk")
class Recursive(ExplicitMask):
    """The states of trees' nodes, each from its own features and the states of its children.

    The cells: the Tree-LSTMs of arXiv:1503.00075, which do not see the order of the children (`child_sum`) or do
    (`n_ary`), and the networks of arXiv:1702.00748 (`simple`, `gated`). Forget gates start open. A child that is
    missing counts as a state of zeros.

    Args:
        cell: of every node.
        units: U, the width of the states.
        pooling: what comes out: the state of the root, which is a jet's last node, or those of all nodes.

    Call arguments: nodes (B, N, F); children (B, N, C), indices of each node's children in its jet, which stand before
    it, negative where none; mask (B, N), true where real. A child that is not real is none.
    Returns: (B, U), zero for a jet without nodes, or (B, N, U), zero where padded.
    """

    def __init__(
        self,
        cell: Literal["child_sum", "n_ary", "simple", "gated"],
        units: int,
        pooling: Literal["root", "nodes"] = "root",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.cell, self.units, self.pooling = cell, units, pooling
        self.portable, packed = _CELLS[cell]
        self.recursion = Recursion(packed, units, pooling == "root")
        self.values: list[Any] = []

    def build(self, nodes_shape: Shape, children_shape: Shape) -> None:
        """Make the weights, which depend on how many children a node can have where these are ordered."""
        for weight in self.portable.weights(nodes_shape[-1], children_shape[-1], self.units):
            self.values.append(self.add_weight(name=weight.name, shape=weight.shape, initializer=weight.initializer))

    def call(self, nodes: Tensor, children: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the state of the root, or the states of all nodes."""
        if packs() and self.compute_dtype == "float32":
            from tagwerk.layers import recursive_op

            return recursive_op.states(self.recursion, nodes, children, mask, self.values, training)
        found = states(self.portable, self.units, nodes, children, mask, self.values)
        return last(found, mask) if self.pooling == "root" else found

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"cell": self.cell, "units": self.units, "pooling": self.pooling}
