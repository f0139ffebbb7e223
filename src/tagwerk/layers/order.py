"""The order in which a recurrent network reads the constituents."""

import math

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import Uncast
from tagwerk.layers.hyperparameters import Order
from tagwerk.layers.model_inputs import ModelInputs


def ordered_sequence(inputs: ModelInputs, name: str, order: Order) -> tuple[Tensor, Tensor]:
    """Return features (B, T, F) and mask (B, T) of a sequence, by descending value of a feature or as stored."""
    constituents, mask = inputs.sequences[name]
    if order == "as_stored":
        return constituents, mask
    ordered, real = OrderByKey()(constituents, mask, inputs.raw(order, sequence=name)[..., 0])
    return ordered, real


@keras.saving.register_keras_serializable("tagwerk")
class OrderByKey(Uncast):
    """Constituents by descending key, followed by padding.

    Call arguments: constituents (B, T, F); mask (B, T), true where real; key (B, T).
    Returns: constituents and mask in the new order.
    """

    def call(self, constituents: Tensor, mask: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
        """Return constituents and mask in the order of the key."""
        indices = ops.argsort(ops.where(mask, -key, math.inf), axis=1)
        sorted_constituents = ops.take_along_axis(constituents, indices[..., None], axis=1)
        return sorted_constituents, ops.take_along_axis(mask, indices, axis=1)
