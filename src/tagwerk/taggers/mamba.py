"""Selective state-space networks over the constituents (Mamba, arXiv:2312.00752)."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import DenseUnits, Dropout, Order, StepPooling, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"


def build(
    inputs: "ModelInputs",
    *,
    width: Annotated[Width, Field(description="width of each constituent's vector")] = 64,
    blocks: Annotated[int, Field(gt=0, le=100, description="number of blocks")] = 2,
    expansion: Annotated[int, Field(gt=0, le=16, description="width inside the blocks, relative to `width`")] = 2,
    states: Annotated[int, Field(gt=0, le=256, description="number of states per feature inside the blocks")] = 16,
    convolution: Annotated[
        int, Field(gt=0, le=64, description="number of constituents that each block's convolution sees")
    ] = 4,
    order: Order = "as_stored",
    pooling: StepPooling = "mean_max",
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: an embedding, `blocks`, `pooling` of the last block's constituents, `dense` layers."""
    import keras

    from tagwerk.layers.classifier import classify
    from tagwerk.layers.input_branches import encode_branches
    from tagwerk.layers.order import ordered_sequence
    from tagwerk.layers.packed_constituents import Pack, Unpack
    from tagwerk.layers.pooling import pool
    from tagwerk.layers.selective_state_space import mamba_block, rms_norm

    def encode(name: str, *_: Any) -> Any:
        constituents, mask = ordered_sequence(inputs, name, order)
        nodes = keras.layers.Dense(width)(Pack()(constituents, mask))
        for _ in range(blocks):
            nodes = mamba_block(nodes, mask, expansion, states, convolution)
        return pool(Unpack()(rms_norm()(nodes), mask), mask, pooling)

    return inputs.model(classify(inputs, encode_branches(inputs.sequences, encode), dense, dropout))
