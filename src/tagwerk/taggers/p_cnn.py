"""A deep convolutional network along the constituents, in their order.

P-CNN, the comparison in ParticleNet's paper (arXiv:1902.08570, section 4) after CMS's DeepAK8: a one-dimensional
residual network, as in the example of its authors' Particle Transformer, with a mean over the constituents that exist.
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
    first: Annotated[Width, Field(description="width of the first convolution")] = 32,
    stages: Annotated[
        tuple[tuple[Width, ...], ...],
        Field(min_length=1, description="widths of the residual units of each stage; each stage halves the length"),
    ] = ((64, 64), (64, 64), (128, 128)),
    dense: DenseUnits = (512,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: a convolution, stages of residual units, the mean over constituents, `dense` layers."""
    import keras

    from tagwerk.layers.classifier import classify
    from tagwerk.layers.masked_conv import MaskedConv
    from tagwerk.layers.model_inputs import hardest
    from tagwerk.layers.normalisation import batch_norm
    from tagwerk.layers.pooling import MaskedMean

    features, mask = hardest(constituents, *inputs.sequence)
    nodes = MaskedConv(first)(batch_norm()(features, mask=mask), mask)
    nodes = keras.layers.ReLU()(batch_norm()(nodes, mask=mask))
    for index, widths in enumerate(stages):
        for unit, width in enumerate(widths):
            nodes, mask = _residual_unit(nodes, mask, width, 2 if index and not unit else 1)
    return inputs.model(classify(inputs, MaskedMean()(nodes, mask), dense, dropout))


def _residual_unit(nodes: Any, mask: Any, width: int, stride: int) -> tuple[Any, Any]:
    """Return the output of two convolutions added to a shortcut, and its mask."""
    import keras

    from tagwerk.layers.masked_conv import MaskedConv
    from tagwerk.layers.normalisation import batch_norm

    shortcut, shorter = nodes[:, ::stride], mask[:, ::stride]
    if nodes.shape[-1] != width or stride > 1:
        shortcut = keras.layers.Dense(width, use_bias=False)(shortcut)
    hidden = MaskedConv(width, stride)(nodes, mask)
    hidden = keras.layers.ReLU()(batch_norm()(hidden, mask=shorter))
    hidden = MaskedConv(width)(hidden, shorter)
    return shortcut + keras.layers.ReLU()(batch_norm()(hidden, mask=shorter)), shorter
