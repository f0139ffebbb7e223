"""Recursive layers over trees."""

from typing import Any, Literal

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers import portable_cells
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.portable_scan import node_states, root_states
from tagwerk.layers.precision import packs
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

    The cells: the Tree-LSTMs of arXiv:1503.00075, which ignore the order of the children (`child_sum`) or use it
    (`n_ary`), and the networks of arXiv:1702.00748 (`simple`, `gated`). Forget gates start open. A missing child
    has a state of zeros.

    Args:
        cell: of every node.
        units: U, the width of the states.
        pooling: the output: the state of the root, which is a jet's last node, or the states of all nodes.

    Call arguments: nodes (B, N, F); children (B, N, C), indices of each node's children in its jet, which come before
    it, negative where none; mask (B, N), true where real. A child that is not real is treated as missing.
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
        self.autocast = False  # packed trees take nodes and weights in single precision
        self.cell, self.units, self.pooling = cell, units, pooling
        self.portable_cell, packed_cell = _CELLS[cell]
        self.recursion = Recursion(packed_cell, units, pooling == "root")
        self.cell_weights: list[Any] = []

    def build(self, nodes_shape: Shape, children_shape: Shape) -> None:
        """Create the weights; if children are ordered, these depend on the maximum number of children per node."""
        for weight in self.portable_cell.weights(nodes_shape[-1], children_shape[-1], self.units):
            self.cell_weights.append(
                self.add_weight(name=weight.name, shape=weight.shape, initializer=weight.initializer)
            )

    def call(self, nodes: Tensor, children: Tensor, mask: Tensor, training: bool = False) -> Tensor:
        """Return the state of the root, or the states of all nodes."""
        if packs(self.compute_dtype):
            from tagwerk.layers.recursive_op import outputs

            out = outputs(self.recursion, nodes, children, mask, self.cell_weights, training)
            return ops.cast(out, self.compute_dtype)
        nodes = ops.cast(nodes, self.compute_dtype)
        states = node_states(self.portable_cell, self.units, nodes, children, mask, self.cell_weights)
        return root_states(states, mask) if self.pooling == "root" else states

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"cell": self.cell, "units": self.units, "pooling": self.pooling}
