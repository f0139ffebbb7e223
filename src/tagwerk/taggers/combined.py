"""One branch per sequence and one for the jet's own variables, concatenated: the ATLAS tau identification.

After ATL-PHYS-PUB-2019-033: dense layers shared by all constituents of a sequence, recurrent layers over them, dense
layers on the variables, and dense layers on the concatenated branches.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import Cell, DenseUnits, Direction, Dropout, Pooling, Units, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"


def build(
    inputs: "ModelInputs",
    *,
    shared: Annotated[tuple[Width, ...], Field(description="widths of the dense layers on each constituent")] = (
        32,
        32,
    ),
    cell: Cell = "lstm",
    units: Units = (32, 32),
    direction: Direction = "forward",
    pooling: Pooling = "last",
    scalars: Annotated[tuple[Width, ...], Field(description="widths of the layers on the jet's own variables")] = (
        128,
        128,
        16,
    ),
    dense: DenseUnits = (64, 32),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network, with one branch per sequence and one for the jet's own variables, if the card has any."""
    import keras

    from tagwerk.layers.classifier import classify, dense_layers
    from tagwerk.layers.recurrent_stack import Recurrent

    branches = [
        Recurrent(cell, units, direction, pooling, name=f"{name}_recurrent")(dense_layers(constituents, shared), mask)
        for name, (constituents, mask) in inputs.sequences.items()
    ]
    encoded = branches[0] if len(branches) == 1 else keras.layers.Concatenate()(branches)
    variables = None if inputs.scalars is None else dense_layers(inputs.scalars, scalars)
    return inputs.model(classify(replace(inputs, scalars=variables), encoded, dense, dropout))
