"""Whether layers use Keras operations only, or the packed kernels."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras

_portable = ContextVar("portable", default=False)


@contextmanager
def portable() -> Iterator[None]:
    """Build and call models with Keras operations only, which other programs can read."""
    token = _portable.set(True)
    try:
        yield
    finally:
        _portable.reset(token)


def packing_enabled() -> bool:
    """Return whether the backend is TensorFlow without a GPU; with one, its own recurrent layers are faster."""
    if _portable.get() or keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.get_visible_devices("GPU")
