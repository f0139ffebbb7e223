"""Feature building and normalisation, the first layers of every network."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.jets.features import JetView, features
from tagwerk.layers.explicit_mask import ExplicitMask


class NormalisedFeatures(ExplicitMask):
    """The base of layers that build features and normalise them.

    Args:
        fields: the columns of the constituents, such as pt, eta, phi, energy.
        scalars: the columns of the jets, such as pt, eta, phi, mass.
        names: the F features to build.
        mean: of each feature, F numbers.
        std: standard deviation of each feature, F numbers.
        low, high: range to which each feature is clipped before normalisation, F numbers each; None for no clipping.
    """

    def __init__(
        self,
        fields: list[str],
        scalars: list[str],
        names: list[str],
        mean: list[float],
        std: list[float],
        low: list[float] | None = None,
        high: list[float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.fields, self.scalars, self.names = list(fields), list(scalars), list(names)
        self.mean, self.std = list(mean), list(std)
        self.low, self.high = low and list(low), high and list(high)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("fields", "scalars", "names", "mean", "std", "low", "high")
        return dict(super().get_config()) | {name: getattr(self, name) for name in names}

    def normalise(self, values: Tensor) -> Tensor:
        """Return features, (..., F), clipped and normalised."""
        return normalise(values, self.mean, self.std, self.low, self.high)


@keras.saving.register_keras_serializable("tagwerk")
class ConstituentFeatures(NormalisedFeatures):
    """Normalised features of a jet's constituents, from `tagwerk.jets.features` or the fields; zero where padded.

    Call arguments: constituents (B, T, K); jet (B, J), in GeV and radians; mask (B, T), true where real.
    Returns: (B, T, F).
    """

    def call(self, constituents: Tensor, jet: Tensor, mask: Tensor) -> Tensor:
        """Return the features of the constituents."""
        view = JetView(
            ops,
            {name: constituents[..., index] for index, name in enumerate(self.fields)},
            {name: jet[:, index : index + 1] for index, name in enumerate(self.scalars)},
            mask,
        )
        return ops.where(mask[..., None], self.normalise(features(view, self.names)), 0.0)


def normalise(
    values: Tensor, mean: list[float], std: list[float], low: list[float] | None, high: list[float] | None
) -> Tensor:
    """Return values, (..., F), clipped to a range, if given, minus the mean, divided by the standard deviation."""
    dtype = values.dtype
    if low is not None and high is not None:
        values = ops.minimum(ops.maximum(values, ops.array(low, dtype)), ops.array(high, dtype))
    return (values - ops.array(mean, dtype)) / ops.array(std, dtype)
