"""Recurrent networks along the primary Lund plane: the merges that follow the harder of two branches from the root on.

The plane is that of arXiv:1807.04758, where an LSTM is trained on it too; the tree there is Cambridge/Aachen's,
so that the first step is the emission at the widest angle.
"""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.hyperparameters import Cell, Dense, Dropout, Pooling, Units

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
    dense: Dense = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: recurrent layers of these `units` from the root on, `pooling`, `dense` layers."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.recurrent_stack import Recurrent
    from tagwerk.layers.tree_nodes import PrimaryBranch

    nodes, children, mask = inputs.tree
    primary = PrimaryBranch()(children, mask)
    # The root is the last of a tree's nodes.
    encoded = Recurrent(cell, units, "backward", pooling)(nodes, primary)
    return inputs.model(classify(inputs, encoded, dense, dropout))
