"""The precision that layers compute in."""

from typing import Any

import keras

from tagwerk.layers.portable import packing_enabled
from tagwerk.packed.tiles import has_tiles


@keras.saving.register_keras_serializable("tagwerk")
class Bfloat16Products(keras.DTypePolicy):  # type: ignore[misc]  # Keras has no type stubs
    """Single precision, in which packed kernels round the operands of products to bfloat16 where that is faster.

    What Keras's `mixed_bfloat16` is for on a GPU, without its casts of all that passes between layers, which on a CPU
    take longer than they save.
    """

    def __init__(self, name: str = "float32") -> None:
        super().__init__(name)


def policy_of(precision: str) -> keras.DTypePolicy:
    """Return Keras's policy of this name, of those of a tagger card, or what replaces it on this processor."""
    replaced = precision == "mixed_bfloat16" and packing_enabled()
    return Bfloat16Products() if replaced else keras.DTypePolicy(precision)


def packs(dtype: Any) -> bool:
    """Return whether layers that compute in this type use the packed kernels, which do in single precision."""
    return packing_enabled() and keras.backend.standardize_dtype(dtype) in ("float32", "bfloat16")


def rounds_products(policy: keras.DTypePolicy) -> bool:
    """Return whether packed kernels round the operands of products to bfloat16: only where that is faster."""
    asked = isinstance(policy, Bfloat16Products) or policy.compute_dtype == "bfloat16"
    return bool(asked and has_tiles())
