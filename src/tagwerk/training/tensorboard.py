"""A training's history for TensorBoard, which need not be installed to write it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from tagwerk.training.state import Row

# What tells TensorBoard to draw a curve: `tf.summary.scalar` would say the same, but wants TensorBoard itself.
_SCALAR = tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": "scalars"}, data_class=1)


@contextmanager
def events(directory: Path | None) -> Iterator[Callable[[Row], None]]:
    """Give a function that writes a row of the history as TensorBoard's events, at once.

    Args:
        directory: where to, beside what an earlier process wrote of the same training; nothing is written without.
    """
    if directory is None:
        yield lambda row: None
        return
    with tf.summary.create_file_writer(str(directory)).as_default() as writer:

        def write(row: Row) -> None:
            for name in row.keys() - {"epoch"}:
                value = tf.constant(row[name], tf.float32)
                tf.summary.write(name, value, step=int(row["epoch"]), metadata=_SCALAR)
            writer.flush()

        yield write
