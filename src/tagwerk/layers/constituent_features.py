"""Feature building and normalisation, the first layers of every network."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from tagwerk.arrays import Bools, Floats32, Tensor
from tagwerk.jets.features import JetView, features, flat_view
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.portable import packing_enabled

if TYPE_CHECKING:
    from tagwerk.jets.ragged import Ragged


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

    def normalise(self, array_library: ModuleType, values: Tensor) -> Tensor:
        """Return features, (..., F), clipped and normalised, by NumPy or `keras.ops`."""
        return normalise(array_library, values, self.mean, self.std, self.low, self.high)


@keras.saving.register_keras_serializable("tagwerk")
class ConstituentFeatures(NormalisedFeatures):
    """Normalised features of a jet's constituents, from `tagwerk.jets.features` or the fields; zero where padded.

    On CPUs, NumPy computes those of real constituents alone, as for the summary's moments; TensorFlow takes several
    times as long for its many operations on padded arrays. They have no gradient.

    Call arguments: constituents (B, T, K); jet (B, J), in GeV and radians; mask (B, T), true where real.
    Returns: (B, T, F).
    """

    def call(self, constituents: Tensor, jet: Tensor, mask: Tensor) -> Tensor:
        """Return the features of the constituents."""
        if packing_enabled():
            from tagwerk.layers.numpy_operation import numpy_function

            shape = (*constituents.shape[:2], len(self.names))
            return numpy_function(self._of_arrays, [constituents, jet, mask], shape)
        view = JetView(
            ops,
            {name: constituents[..., index] for index, name in enumerate(self.fields)},
            {name: jet[:, index : index + 1] for index, name in enumerate(self.scalars)},
            mask,
        )
        return ops.where(mask[..., None], self.normalise(ops, features(view, self.names)), 0.0)

    def _of_arrays(self, constituents: Floats32, jet: Floats32, mask: Bools) -> Floats32:
        out = np.zeros((*mask.shape, len(self.names)), np.float32)
        view = flat_view(packed_values(self.fields, constituents, mask), dict(zip(self.scalars, jet.T, strict=True)))
        with np.errstate(all="ignore"):  # as with TensorFlow, wrong values may give infinities and NaN
            out[mask] = self.normalise(np, features(view, self.names))
        return out


def packed_values(fields: list[str], values: Floats32, mask: Bools) -> "Ragged":
    """Return the variables of the real entries of a batch, (B, T, K), with these names."""
    from tagwerk.jets.ragged import Ragged

    columns = np.ascontiguousarray(values[mask].T)
    return Ragged(dict(zip(fields, columns, strict=True)), mask.sum(axis=1))


def normalise(
    array_library: ModuleType,
    values: Tensor,
    mean: list[float],
    std: list[float],
    low: list[float] | None,
    high: list[float] | None,
) -> Tensor:
    """Return values, (..., F), clipped to a range, if given, minus the mean, divided by the standard deviation."""
    array, dtype = array_library.array, values.dtype
    if low is not None and high is not None:
        values = array_library.minimum(array_library.maximum(values, array(low, dtype)), array(high, dtype))
    return (values - array(mean, dtype)) / array(std, dtype)
