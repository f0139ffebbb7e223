"""A recurrent encoder whose steps are weighted by attention: what the jet's vector is made of is learnt.

Additive attention (arXiv:1409.0473, equation 6, asked by a learnt vector in the place of a decoder's state).
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import Cell, Dense, Direction, Dropout, Units

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
    attention: Annotated[int, Field(gt=0, le=16_384, description="width of the layer that scores a step")] = 64,
    dense: Dense = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: recurrent layers of these `units`, attention over the last one's steps, `dense` layers."""
    from tagwerk.layers.additive_attention import AdditiveAttention
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.recurrent_stack import Recurrent

    constituents, mask = inputs.sequence
    steps = Recurrent(cell, units, direction)(constituents, mask)
    return inputs.model(classify(inputs, AdditiveAttention(attention)(steps, mask), dense, dropout))
