"""Recursive networks along a jet's tree: from the constituents, merge by merge, to the root, which represents the jet.

- Child-Sum and N-ary Tree-LSTM (arXiv:1503.00075), the latter here binary, with separate weights for the harder and
  the softer branch. Forget gates start open, with a bias of one.
- The simple and the gated recursive network of arXiv:1702.00748.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import DenseUnits, Dropout, TreeCell

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one tree"


def build(
    inputs: "ModelInputs",
    *,
    cell: TreeCell = "child_sum",
    units: Annotated[int, Field(gt=0, le=16_384, description="width of a node's state")] = 64,
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: the state of the tree's root after cells of these `units`, `dense` layers."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.recursive_layer import Recursive

    return inputs.model(classify(inputs, Recursive(cell, units)(*inputs.tree), dense, dropout))
