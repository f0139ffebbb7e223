"""Whether models are built and called by operations of Keras alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras

_portable = ContextVar("portable", default=False)


@contextmanager
def portable() -> Iterator[None]:
    """Build and call models within by operations of Keras alone, such as other programs know."""
    token = _portable.set(True)
    try:
        yield
    finally:
        _portable.reset(token)


def packs() -> bool:
    """Return whether TensorFlow computes, without a graphics card, whose own recurrent layers are faster."""
    if _portable.get() or keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not tf.config.get_visible_devices("GPU")
