"""Recursive networks along a jet's tree: from the constituents, merge by merge, to the root, which represents the jet.

- Child-Sum and N-ary Tree-LSTM (arXiv:1503.00075), the latter here binary, with separate weights for the harder and
  the softer branch. Forget gates start open, with a bias of one.
- The simple and the gated recursive network of arXiv:1702.00748.

Each tree has its own cell.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import DenseUnits, Dropout, PerBranch, TreeCell, Width, of_branch

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one tree or more"


def build(
    inputs: "ModelInputs",
    *,
    cell: TreeCell = "child_sum",
    units: Annotated[PerBranch[Width], Field(description="width of a node's state; may be given by tree")] = 64,
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: the state of each tree's root after cells of these `units`, `dense` layers."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.input_branches import encode_branches
    from tagwerk.layers.recursive_layer import Recursive

    def encode(name: str, *tree: Any) -> Any:
        return Recursive(cell, of_branch(units, name))(*tree)

    return inputs.model(classify(inputs, encode_branches(inputs.trees, encode), dense, dropout))
