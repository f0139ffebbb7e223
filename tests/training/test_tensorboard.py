"""What TensorBoard shows of a training is its history."""

import pandas as pd
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture
def shown(studied):
    """The curves in TensorBoard's files, a row an epoch."""
    import tensorflow as tf

    files = [str(path) for path in (studied / "lstm/model/tensorboard").iterdir()]
    found = {}
    for record in tf.data.TFRecordDataset(files):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            assert value.metadata.plugin_data.plugin_name == "scalars"
            found.setdefault(event.step, {})[value.tag] = float(tf.make_ndarray(value.tensor))
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("epoch").reset_index()


def test_every_epoch_and_number_of_the_history_is_shown(shown, studied):
    history = pd.read_csv(studied / "lstm/model/history.csv")
    assert len(history) > 1
    pd.testing.assert_frame_equal(shown[history.columns], history, rtol=1e-6, check_dtype=False)
