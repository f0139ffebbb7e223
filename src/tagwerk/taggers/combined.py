"""One branch per sequence and one for the jet's own variables, concatenated: the ATLAS tau identification.

After ATL-PHYS-PUB-2019-033: dense layers shared by all constituents of a sequence, recurrent layers over them, dense
layers on the variables, and dense layers on the concatenated branches. Published are 10 tracks with layers of 32, 32
and recurrent 32, 32; 6 clusters with 32, 32 and recurrent 24, 24; 128, 128 and 16 for the variables; and 64 and 32. Its
public code (rnn-tauid) has ReLUs in the recurrent cells, where these have tanh.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import (
    BranchMaxConstituents,
    BranchUnits,
    Cell,
    DenseUnits,
    Direction,
    Dropout,
    PerBranch,
    Pooling,
    Width,
    of_branch,
)

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"


def build(
    inputs: "ModelInputs",
    *,
    constituents: BranchMaxConstituents = None,
    shared: Annotated[
        PerBranch[tuple[Width, ...]],
        Field(description="widths of the dense layers on each constituent; may be given by sequence"),
    ] = (32, 32),
    cell: Cell = "lstm",
    units: BranchUnits = (32, 32),
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
    from tagwerk.layers.classifier import classify, dense_layers
    from tagwerk.layers.input_branches import encode_branches
    from tagwerk.layers.model_inputs import hardest
    from tagwerk.layers.recurrent_stack import Recurrent

    def encode(name: str, *sequence: Any) -> Any:
        features, mask = hardest(of_branch(constituents, name), *sequence)
        recurrent = Recurrent(cell, of_branch(units, name), direction, pooling, name=f"{name}_recurrent")
        return recurrent(dense_layers(features, of_branch(shared, name)), mask)

    encoded = encode_branches(inputs.sequences, encode)
    variables = None if inputs.scalars is None else dense_layers(inputs.scalars, scalars)
    return inputs.model(classify(replace(inputs, scalars=variables), encoded, dense, dropout))
