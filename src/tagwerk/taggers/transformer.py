"""Attention between all constituents, told or not what every two of them have to do with each other.

The Particle Transformer (arXiv:2202.03772): blocks of self-attention, with the pairs' features as a bias, and then
blocks in which a learnt vector attends to the constituents. As large as the card says; the published one has width 128,
8 heads, 8 blocks and 2 class blocks.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.settings import Blocks, Dense, Dropout, Hardest, Heads, Width

if TYPE_CHECKING:
    from tagwerk.layers.front import Front

ENGINE = "keras"
INPUTS = "one sequence"


def check(card: Any) -> None:
    """Raise ValueError where the width cannot be shared by the heads."""
    if card.settings["width"] % card.settings["heads"]:
        raise ValueError(
            f"key 'hyperparameters.width': {card.settings['width']} is no multiple of {card.settings['heads']} heads"
        )


def build(
    front: "Front",
    *,
    constituents: Hardest = None,
    width: Annotated[Width, Field(description="of the vector of each constituent")] = 64,
    heads: Heads = 4,
    blocks: Blocks = 3,
    class_blocks: Blocks = 1,
    pairs: Annotated[
        int, Field(ge=0, description="width of the layer on the features of pairs, which are left out where it is zero")
    ] = 0,
    dense: Dense = (),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: an embedding, blocks of attention, class attention, `dense` layers."""
    import keras

    from tagwerk.layers.attention import ClassToken, attention_block
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.front import hardest
    from tagwerk.layers.pairs import PairBias, PairFeatures

    features, mask = hardest(constituents, *front.sequence)
    nodes, bias = keras.layers.Dense(width)(keras.layers.Dense(width, activation="gelu")(features)), None
    if pairs:
        (momenta,) = hardest(constituents, front.raw("pt", "eta", "phi", "energy"))
        bias = PairBias(heads, pairs)(PairFeatures(dtype="float32")(momenta, mask), mask)
    for _ in range(blocks):
        nodes = attention_block(nodes, nodes, mask, heads, dropout, bias)
    token = ClassToken()(nodes)
    for _ in range(class_blocks):
        token = attention_block(token, nodes, mask, heads, dropout)
    encoded = keras.layers.LayerNormalization()(token)[:, 0]
    return front.model(classify(front, encoded, dense, dropout))
