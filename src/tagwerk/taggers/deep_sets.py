"""Sums over the constituents: particle-flow networks, and infrared and collinear safe energy-flow networks.

arXiv:1810.05165: F(Σ_i Φ(p_i)), and F(Σ_i z_i Φ(p̂_i)) with directions p̂ only and z_i = pT_i / Σ pT, which neither a
soft constituent nor a collinear splitting changes.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import DenseUnits, Dropout, Width

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"

# Directions, including those relative to a jet's principal axis: it is rotated by sums linear in pT, which soft and
# collinear emissions do not change.
_ANGULAR = ("delta_eta", "delta_phi", "delta_r", "along_axis", "across_axis")


def check(card: Any) -> None:
    """Raise ValueError if an infrared-safe network would see more than directions."""
    for features in card.inputs.sequences.values() if card.hyperparameters.get("infrared_safe") else ():
        for name in features:
            if name not in _ANGULAR:
                raise ValueError(
                    f"key 'inputs.sequences': '{name}' is not infrared and collinear safe; "
                    f"with 'hyperparameters.infrared_safe' use only {', '.join(_ANGULAR)}"
                )


def build(
    inputs: "ModelInputs",
    *,
    constituent: Annotated[
        tuple[Width, ...], Field(min_length=1, description="widths of Φ, the dense layers on each constituent")
    ] = (100, 100, 128),
    infrared_safe: Annotated[
        bool, Field(description="whether Φ sees directions only and the sum is weighted by pT")
    ] = False,
    dense: DenseUnits = (100, 100),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: Φ of these widths, the sum, and `dense` layers as F."""
    from keras import ops

    from tagwerk.layers.classifier import classify, dense_layers
    from tagwerk.layers.packed_constituents import Pack, Unpack
    from tagwerk.layers.pooling import Shares, WeightedSum

    constituents, mask = inputs.sequence
    # A plain sum of some 50 vectors would start F far from where it learns; F could undo this constant factor.
    weights = (
        Shares(dtype="float32")(inputs.raw("pt")[..., 0], mask) if infrared_safe else ops.cast(mask, "float32") / 50
    )
    encoded = dense_layers(Pack()(constituents, mask), constituent)
    summed = WeightedSum()(Unpack()(encoded, mask), weights, mask)
    return inputs.model(classify(inputs, summed, dense, dropout))
