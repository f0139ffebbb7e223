"""Constituents in the order in which a recurrent network is to read them."""

import math

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.hyperparameters import Order
from tagwerk.layers.model_inputs import ModelInputs


def in_order(inputs: ModelInputs, order: Order) -> tuple[Tensor, Tensor]:
    """Return features (B, T, F) and mask (B, T) of the only sequence, by falling value of a feature or as they are."""
    constituents, mask = inputs.sequence
    return (constituents, mask) if order == "as_stored" else Ordered()(constituents, mask, inputs.raw(order)[..., 0])


@keras.saving.register_keras_serializable("tagwerk")
class Ordered(ExplicitMask):
    """Constituents by falling key, the real ones first.

    Call arguments: constituents (B, T, F); mask (B, T), true where real; key (B, T).
    Returns: constituents and mask in the new order.
    """

    def call(self, constituents: Tensor, mask: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
        """Return constituents and mask in the order of the key."""
        places = ops.argsort(ops.where(mask, -key, math.inf), axis=1)
        found = ops.take_along_axis(constituents, places[..., None], axis=1)
        return found, ops.take_along_axis(mask, places, axis=1)
