"""Sums over the constituents: particle-flow networks, and infrared and collinear safe energy-flow networks.

arXiv:1810.05165: F(Σ_i Φ(p_i)), and F(Σ_i z_i Φ(p̂_i)) with directions p̂ only and z_i = pT_i / Σ pT, which neither a
soft constituent nor a collinear splitting changes. Each sequence has its own Φ and its own sum. The authors' energyflow
recognises padding by features that are all zero, and starts from He's initial weights.
"""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwerk.layers.hyperparameters import DenseUnits, Dropout, PerBranch, Width, of_branch

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"

# Directions, including those relative to a jet's principal axis: it is rotated by sums linear in pT, which soft and
# collinear emissions do not change.
_ANGULAR = ("delta_eta", "delta_phi", "delta_r", "along_axis", "across_axis")


def check(card: Any) -> None:
    """Raise ValueError if an infrared-safe network would see more than directions, or is given a scale."""
    if card.hyperparameters.get("infrared_safe") and "scale" in card.hyperparameters:
        raise ValueError(
            "key 'hyperparameters.scale': pT weights with 'hyperparameters.infrared_safe' need no scale; drop it"
        )
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
        PerBranch[Annotated[tuple[Width, ...], Field(min_length=1)]],
        Field(description="widths of Φ, the dense layers on each constituent; may be given by sequence"),
    ] = (100, 100, 128),
    scale: Annotated[
        PerBranch[Annotated[float, Field(gt=0)]],
        Field(
            description="constant by which the sum is divided, such as a typical number of constituents; not with "
            "`infrared_safe`; may be given by sequence"
        ),
    ] = 50,
    infrared_safe: Annotated[
        bool, Field(description="whether Φ sees directions only and the sum is weighted by pT")
    ] = False,
    dense: DenseUnits = (100, 100),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: Φ of these widths, the sum, and `dense` layers as F."""
    from keras import ops

    from tagwerk.layers.classifier import classify
    from tagwerk.layers.input_branches import encode_branches
    from tagwerk.layers.packed_constituents import Pack
    from tagwerk.layers.pooling import PackedSum, Shares
    from tagwerk.layers.row_layers import RowLayers, dense_steps

    def weights(name: str, mask: Any) -> Any:
        if infrared_safe:
            return Shares(dtype="float32")(inputs.raw("pt", sequence=name)[..., 0], mask)
        # A plain sum of many vectors would start F far from where it learns; F could undo this constant factor.
        return ops.cast(mask, "float32") / of_branch(scale, name)

    def encode(name: str, constituents: Any, mask: Any) -> Any:
        shares = weights(name, mask)
        encoded = RowLayers(dense_steps(of_branch(constituent, name), "relu"))(Pack()(constituents, mask))
        return PackedSum()(encoded, shares, mask)

    return inputs.model(classify(inputs, encode_branches(inputs.sequences, encode), dense, dropout))
