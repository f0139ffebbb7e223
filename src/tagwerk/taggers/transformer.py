"""Attention between all constituents, with or without a bias from pair features.

The Particle Transformer (arXiv:2202.03772) as in its authors' code: an embedding, blocks of self-attention with a bias
from the features of pairs, and blocks in which a learnt vector attends to itself and the constituents. The card sets
its size; the published one has width 128, an embedding of 128, 512 and 128, pairs of 64, 64 and 64, 8 heads, 8 blocks
and 2 class blocks. Attention weights have no dropout here.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import Blocks, ClassBlocks, DenseUnits, Dropout, Heads, MaxConstituents, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def check(card: Any) -> None:
    """Raise ValueError if the width is not a multiple of the number of heads."""
    width, heads = card.all_hyperparameters["width"], card.all_hyperparameters["heads"]
    if width % heads:
        raise ValueError(f"key 'hyperparameters.width': {width} is not a multiple of {heads} heads")


def build(
    inputs: "ModelInputs",
    *,
    constituents: MaxConstituents = None,
    embedding: Annotated[tuple[Width, ...], Field(description="widths of the embedding layers except the last")] = (
        64,
        256,
    ),
    width: Annotated[Width, Field(description="width of each constituent's vector")] = 64,
    heads: Heads = 4,
    blocks: Blocks = 3,
    class_blocks: ClassBlocks = 2,
    pairs: Annotated[
        tuple[Width, ...], Field(description="widths of the layers on pair features; without any, these are not used")
    ] = (),
    dense: DenseUnits = (),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: an embedding, blocks of attention, class attention, `dense` layers."""
    import keras

    from tagwerk.layers.attention import ClassToken, class_attention, self_attention
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.model_inputs import hardest
    from tagwerk.layers.normalisation import batch_norm, layer_norm
    from tagwerk.layers.packed_constituents import Pack
    from tagwerk.layers.pairs import PairBias

    features, mask = hardest(constituents, *inputs.sequence)
    nodes, bias = Pack()(batch_norm()(features, mask=mask), mask), None
    for units in (*embedding, width):
        nodes = keras.layers.Dense(units, activation="gelu")(layer_norm()(nodes))
    if pairs:
        (momenta,) = hardest(constituents, inputs.raw("pt", "eta", "phi", "energy"))
        bias = PairBias(heads, pairs)(momenta, mask)
    for _ in range(blocks):
        nodes = self_attention(nodes, mask, heads, dropout, bias)
    token = ClassToken(width)(mask)
    for _ in range(class_blocks):
        token = class_attention(token, nodes, mask, heads)
    return inputs.model(classify(inputs, layer_norm()(token), dense, dropout))
