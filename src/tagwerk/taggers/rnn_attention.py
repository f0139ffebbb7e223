"""A recurrent encoder whose steps are averaged with learnt attention weights.

Additive attention (arXiv:1409.0473, equation 6, with a learnt query in place of a decoder's state).
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import Cell, DenseUnits, Direction, Dropout, Units

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def build(
    inputs: "ModelInputs",
    *,
    cell: Cell = "gru",
    units: Units = (128,),
    direction: Direction = "both",
    attention: Annotated[int, Field(gt=0, le=16_384, description="width of the layer that scores each step")] = 64,
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: recurrent layers of these `units`, attention over the last layer's steps, `dense` layers."""
    from tagwerk.layers.additive_attention import AdditiveAttention
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.recurrent_stack import Recurrent

    constituents, mask = inputs.sequence
    steps = Recurrent(cell, units, direction)(constituents, mask)
    return inputs.model(classify(inputs, AdditiveAttention(attention)(steps, mask), dense, dropout))
