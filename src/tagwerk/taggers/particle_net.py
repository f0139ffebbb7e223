"""Graph network over nearest neighbours, first in the η-φ plane, then in the space of the learnt features.

ParticleNet (arXiv:1902.08570), with or without the fusion layer of its authors' later code, weaver-core; the card sets
its size. Published are, without fusion, 16 neighbours, three blocks of 64, 128 and 256 and a dense layer of 256, and as
ParticleNet-Lite 7 neighbours, two blocks of 32 and 64 and a dense layer of 128, each block of three layers. Unlike in
weaver-core, padding is never a neighbour and enters no statistic, and no constituents are left out at random.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import DenseUnits, Dropout, MaxConstituents, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def build(
    inputs: "ModelInputs",
    *,
    constituents: MaxConstituents = None,
    neighbours: Annotated[int, Field(gt=0, le=1000, description="number of nearest neighbours per constituent")] = 7,
    blocks: Annotated[
        tuple[tuple[Width, ...], ...], Field(min_length=1, description="widths of the layers of each edge convolution")
    ] = ((32, 32, 32), (64, 64, 64)),
    fusion: Annotated[
        Width | None, Field(description="width of the layer on all blocks' outputs; without it, only the last is used")
    ] = 128,
    dense: DenseUnits = (128,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: edge convolutions, their fusion, the mean over constituents, `dense` layers."""
    import keras

    from tagwerk.layers.classifier import classify
    from tagwerk.layers.edge_conv import EdgeConv
    from tagwerk.layers.model_inputs import hardest
    from tagwerk.layers.normalisation import PackedBatchNorm
    from tagwerk.layers.packed_constituents import Pack
    from tagwerk.layers.pooling import PackedMean

    features, mask, points = hardest(constituents, *inputs.sequence, inputs.raw("delta_eta", "delta_phi"))
    nodes, points, outputs = PackedBatchNorm()(Pack()(features, mask), mask), Pack()(points, mask), []
    for widths in blocks:
        nodes = points = EdgeConv(widths, neighbours)(nodes, points, mask)
        outputs.append(nodes)
    if fusion is not None:
        joined = keras.layers.Concatenate()(outputs) if len(outputs) > 1 else nodes
        fused = keras.layers.Dense(fusion, use_bias=False)(joined)
        nodes = keras.layers.ReLU()(PackedBatchNorm()(fused, mask))
    return inputs.model(classify(inputs, PackedMean()(nodes, mask), dense, dropout))
