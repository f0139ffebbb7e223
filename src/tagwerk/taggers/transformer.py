"""Attention between all constituents, with or without a bias from pair features.

The Particle Transformer (arXiv:2202.03772) as in its authors' code: an embedding, blocks of self-attention with a bias
from the features of pairs, and blocks in which a learnt vector attends to itself and the constituents. The card sets
its size; the published one has width 128, an embedding of 128, 512 and 128, pairs of 64, 64 and 64, 8 heads, 8 blocks
and 2 class blocks. Here padding enters no statistic, and no constituents are left out at random.

The constituents of several sequences attend to one another: each sequence has its own embedding, which also tells
the networks after it where a constituent comes from, as in ATLAS's flavour tagging with tracks and neutral particles
(public code salt). Pair features exist for any two constituents, so that a track sees the cluster that it points to.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import (
    Blocks,
    BranchMaxConstituents,
    ClassBlocks,
    DenseUnits,
    Dropout,
    Heads,
    Width,
    of_branch,
)

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"


def check(card: Any) -> None:
    """Raise ValueError if the width is not a multiple of the number of heads."""
    width, heads = card.all_hyperparameters["width"], card.all_hyperparameters["heads"]
    if width % heads:
        raise ValueError(f"key 'hyperparameters.width': {width} is not a multiple of {heads} heads")


def build(
    inputs: "ModelInputs",
    *,
    constituents: BranchMaxConstituents = None,
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
    pair_activation: Annotated[
        bool, Field(description="whether a GELU follows the last layer on pair features, as in the published network")
    ] = False,
    dense: DenseUnits = (),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: an embedding, blocks of attention, class attention, `dense` layers."""
    import keras

    from tagwerk.layers.attention import ClassToken, class_attention, self_attention
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.model_inputs import hardest
    from tagwerk.layers.normalisation import layer_norm
    from tagwerk.layers.packed_constituents import Pack, join_packed
    from tagwerk.layers.pairs import PairBias

    sequences = [hardest(of_branch(constituents, name), *each) for name, each in inputs.sequences.items()]
    embedded = [_embed(features, mask, (*embedding, width)) for features, mask in sequences]
    nodes, mask = join_packed(embedded, [mask for _, mask in sequences])
    bias = PairBias(heads, pairs)(Pack()(_momenta(inputs, constituents), mask), mask) if pairs else None
    if pairs and pair_activation:
        bias = keras.layers.Activation("gelu")(bias)
    for _ in range(blocks):
        nodes = self_attention(nodes, mask, heads, dropout, bias)
    token = ClassToken(width)(mask)
    for _ in range(class_blocks):
        token = class_attention(token, nodes, mask, heads)
    return inputs.model(classify(inputs, layer_norm()(token), dense, dropout))


def _embed(features: Any, mask: Any, widths: tuple[int, ...]) -> Any:
    """Return the embedded constituents of one sequence, packed, (M + 1, F)."""
    from tagwerk.layers.normalisation import PackedBatchNorm
    from tagwerk.layers.packed_constituents import Pack
    from tagwerk.layers.row_layers import RowLayers

    nodes = PackedBatchNorm()(Pack()(features, mask), mask)
    return RowLayers([step for units in widths for step in (("norm",), ("dense", units), ("gelu",))])(nodes)


def _momenta(inputs: "ModelInputs", constituents: BranchMaxConstituents) -> Any:
    """Return pt, eta, phi and energy of the constituents of all sequences, in GeV and radians, (B, T, 4)."""
    from keras import ops

    from tagwerk.layers.model_inputs import hardest

    raw = {name: inputs.raw("pt", "eta", "phi", "energy", sequence=name) for name in inputs.sequences}
    momenta = [hardest(of_branch(constituents, name), each)[0] for name, each in raw.items()]
    return momenta[0] if len(momenta) == 1 else ops.concatenate(momenta, axis=1)
