"""TensorBoard shows the training history."""

import pandas as pd
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture
def curves(toy_runs):
    """The curves in TensorBoard's files, one row per epoch."""
    import tensorflow as tf

    files = [str(path) for path in (toy_runs / "lstm/model/tensorboard").iterdir()]
    rows = {}
    for record in tf.data.TFRecordDataset(files):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            rows.setdefault(event.step, {})[value.tag] = float(tf.make_ndarray(value.tensor))
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("epoch").reset_index()


def test_every_epoch_and_column_of_the_history_is_shown(curves, toy_runs):
    history = pd.read_csv(toy_runs / "lstm/model/history.csv")
    assert len(history) > 1
    pd.testing.assert_frame_equal(curves[history.columns], history, rtol=1e-6, check_dtype=False)
