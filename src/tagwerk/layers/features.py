"""Feature building and normalisation, in front of every network."""

from typing import Any

import keras
from keras import ops

from tagwerk.jets.features import View, features
from tagwerk.layers.explicit import ExplicitMask

Tensor = Any


class Features(ExplicitMask):
    """The base of layers that build features and normalise them.

    Args:
        fields: what the last axis of the constituents holds, such as pt, eta, phi, energy.
        scalars: what the last axis of the jets holds, such as pt, eta, phi, mass.
        names: the F features to build.
        mean: of each feature, F numbers.
        deviation: the standard deviation of each, F numbers.
    """

    def __init__(
        self,
        fields: list[str],
        scalars: list[str],
        names: list[str],
        mean: list[float],
        deviation: list[float],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.fields, self.scalars, self.names = list(fields), list(scalars), list(names)
        self.mean, self.deviation = list(mean), list(deviation)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {name: getattr(self, name) for name in ("fields", "scalars", "names", "mean", "deviation")}
        return dict(super().get_config()) | own


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
        normalised = (features(view, self.names) - ops.array(self.mean)) / ops.array(self.deviation)
        return ops.where(mask[..., None], normalised, 0.0)
