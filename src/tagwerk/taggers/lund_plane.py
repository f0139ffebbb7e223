"""Recurrent networks on the primary Lund plane: the merges along the harder branch, from the root on.

The plane is that of arXiv:1807.04758, where it is also the input of an LSTM; the tree there is Cambridge/Aachen,
so that the first step is the emission at the widest angle.
"""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.hyperparameters import Cell, DenseUnits, Dropout, Pooling, Units

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one tree"


def build(
    inputs: "ModelInputs",
    *,
    cell: Cell = "lstm",
    units: Units = (128,),
    pooling: Pooling = "mean_max",
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: recurrent layers of these `units` from the root on, `pooling`, `dense` layers."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.recurrent_stack import Recurrent
    from tagwerk.layers.tree_nodes import PrimaryBranch

    nodes, children, mask = inputs.tree
    primary = PrimaryBranch()(children, mask)
    # The root is the last node of a tree.
    encoded = Recurrent(cell, units, "backward", pooling)(nodes, primary)
    return inputs.model(classify(inputs, encoded, dense, dropout))
