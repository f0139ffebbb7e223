"""Feature building and normalisation, in front of every network."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.jets.features import View, features
from tagwerk.layers.explicit_mask import ExplicitMask


class Features(ExplicitMask):
    """The base of layers that build features and normalise them.

    Args:
        fields: what the last axis of the constituents holds, such as pt, eta, phi, energy.
        scalars: what the last axis of the jets holds, such as pt, eta, phi, mass.
        names: the F features to build.
        mean: of each feature, F numbers.
        deviation: the standard deviation of each, F numbers.
        low, high: the range that each is clipped to beforehand, F numbers each; None where not.
    """

    def __init__(
        self,
        fields: list[str],
        scalars: list[str],
        names: list[str],
        mean: list[float],
        deviation: list[float],
        low: list[float] | None = None,
        high: list[float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.fields, self.scalars, self.names = list(fields), list(scalars), list(names)
        self.mean, self.deviation = list(mean), list(deviation)
        self.low, self.high = low and list(low), high and list(high)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("fields", "scalars", "names", "mean", "deviation", "low", "high")
        return dict(super().get_config()) | {name: getattr(self, name) for name in names}

    def normalised(self, values: Tensor) -> Tensor:
        """Return features, (..., F), clipped and normalised."""
        return normalised(values, self.mean, self.deviation, self.low, self.high)


@keras.saving.register_keras_serializable("tagwerk")
class ConstituentFeatures(Features):
    """Normalised features of a jet's constituents, of `tagwerk.jets.features` or as they are; zero where padded.

    Call arguments: constituents (B, T, K); jet (B, J), in GeV and radians; mask (B, T), true where real.
    Returns: (B, T, F).
    """

    def call(self, constituents: Tensor, jet: Tensor, mask: Tensor) -> Tensor:
        """Return the features of the constituents."""
        view = View(
            ops,
            {name: constituents[..., index] for index, name in enumerate(self.fields)},
            {name: jet[:, index : index + 1] for index, name in enumerate(self.scalars)},
            mask,
        )
        return ops.where(mask[..., None], self.normalised(features(view, self.names)), 0.0)


def normalised(
    values: Tensor, mean: list[float], deviation: list[float], low: list[float] | None, high: list[float] | None
) -> Tensor:
    """Return values, (..., F), clipped to a range where one is given, less the mean, and divided by the deviation."""
    kind = values.dtype
    if low is not None and high is not None:
        values = ops.minimum(ops.maximum(values, ops.array(low, kind)), ops.array(high, kind))
    return (values - ops.array(mean, kind)) / ops.array(deviation, kind)
