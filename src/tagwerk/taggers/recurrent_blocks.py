"""Residual blocks of recurrent layers that no product with the state before slows down: Mamba, minGRU and minLSTM.

A block (arXiv:2312.00752, figure 3): y = x + W_o (cell(silu(conv(W_x n))) silu(W_z n)) with n = norm(x), where the
convolution sees the last four constituents, feature by feature. Cells:

- Mamba's selective state space: h' = exp(Δ A) h + Δ B x, y = C · h + D x, where Δ, B and C depend on the constituent.
- minGRU (arXiv:2410.01201): h' = (1 - z) h + z g(W x + b), where z depends on the constituent only.
- minLSTM: h' = f / (f + i) h + i / (f + i) g(W x + b) with such f and i.

The minimal cells' authors have no gate, but dense layers in further blocks; on the demo's jets, both forms have the
same AUC. Three stacked minGRUs, as `recurrent` has them, learn less, since no layer on single constituents is deep.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import BlockCell, DenseUnits, Dropout, Order, StepPooling, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"


def check(card: Any) -> None:
    """Raise ValueError if the card sets the number of states of a cell that has one per feature."""
    cell = card.all_hyperparameters["cell"]
    if cell != "mamba" and "states" in card.hyperparameters:
        raise ValueError(f"key 'hyperparameters.states': '{cell}' has one state per feature; drop the key")


def build(
    inputs: "ModelInputs",
    *,
    cell: BlockCell = "mamba",
    width: Annotated[Width, Field(description="width of each constituent's vector")] = 64,
    blocks: Annotated[int, Field(gt=0, le=100, description="number of blocks")] = 2,
    expansion: Annotated[int, Field(gt=0, le=16, description="width inside the blocks, relative to `width`")] = 2,
    convolution: Annotated[
        int, Field(gt=0, le=64, description="number of constituents that each block's convolution sees")
    ] = 4,
    states: Annotated[int, Field(gt=0, le=256, description="number of states per feature of Mamba's cell")] = 16,
    order: Order = "as_stored",
    pooling: StepPooling = "mean_max",
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
    block_dropout: Annotated[
        float, Field(ge=0, lt=1, description="dropout rate of what each block adds to its input")
    ] = 0.0,
) -> Any:
    """Return the network: an embedding, `blocks`, `pooling` of the last one's constituents, `dense` layers."""
    import keras

    from tagwerk.layers.classifier import classify
    from tagwerk.layers.input_branches import encode_branches
    from tagwerk.layers.normalisation import rms_norm
    from tagwerk.layers.order import ordered_sequence
    from tagwerk.layers.packed_constituents import Pack, Unpack
    from tagwerk.layers.pooling import pool
    from tagwerk.layers.residual_blocks import recurrent_block

    def encode(name: str, *_: Any) -> Any:
        constituents, mask = ordered_sequence(inputs, name, order)
        nodes = keras.layers.Dense(width)(Pack()(constituents, mask))
        for _block in range(blocks):
            nodes = recurrent_block(nodes, mask, cell, expansion, convolution, states, block_dropout)
        return pool(Unpack()(rms_norm()(nodes), mask), mask, pooling)

    return inputs.model(classify(inputs, encode_branches(inputs.sequences, encode), dense, dropout))
