"""The training history as TensorBoard events; TensorBoard itself need not be installed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from tagwerk.training.state import Row

# Makes TensorBoard draw a curve. `tf.summary.scalar` does the same, but needs TensorBoard installed.
_SCALAR = tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": "scalars"}, data_class=1)


@contextmanager
def event_writer(directory: Path | None) -> Iterator[Callable[[Row], None]]:
    """Yield a function that writes a row of the history as TensorBoard events and flushes them.

    Args:
        directory: to write to, next to the events from before a resume; None writes nothing.
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
