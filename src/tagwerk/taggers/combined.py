"""Several sequences and the jet's own variables, each with a branch of its own, joined: the ATLAS tau identification.

After ATL-PHYS-PUB-2019-033: dense layers that all constituents of a sequence share, recurrent layers over them, dense
layers on the variables, and dense layers on all branches side by side.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import Cell, Dense, Direction, Dropout, Pooling, Units, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"


def build(
    inputs: "ModelInputs",
    *,
    shared: Annotated[tuple[Width, ...], Field(description="widths of the layers on each constituent by itself")] = (
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
    dense: Dense = (64, 32),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network, with a branch a sequence and one for the jet's own variables, where the card asks for any."""
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
