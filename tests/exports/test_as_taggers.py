"""A file that Tagwerk exported is a tagger again, with no more in its card than the file's name."""

import awkward as ak
import numpy as np
import pytest

from tagwerk.cards.describe_model import check_classes, describe_model
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.errors import UserError
from tagwerk.jets.ordering import starts
from tagwerk.training import onnx_runtime
from tagwerk.training.loading import Jets, ListArray
from tests.exports.conftest import Session, dataset_of, jets_for, trained
from tests.training.onnx_models import opened, tagger

COUNTS = [3, 0, 12, 1, 40]


def as_jets(schema, arrays):
    """A batch of padded arrays as jets in memory."""
    lists = {}
    for name in schema.sequences:
        counts = arrays[f"{name}_mask"].sum(axis=1)
        lists[name] = ListArray(arrays[name][arrays[f"{name}_mask"]], starts(counts), counts)
    number = np.arange(len(arrays["jet"]))
    records = ak.zip({"event": number, "label": 0 * number, "weight": 1.0 + 0 * number})
    return Jets(schema, records, arrays["jet"], lists, {})


@pytest.mark.parametrize("name", ["lstm", "combined", "dense", "tree_lstm_child_sum", "lund_lstm", "tau_rnn"])
def test_its_scores_are_those_of_the_file(name, tensorflow, tmp_path):
    from tagwerk.exports.export import export

    model, dataset = trained(name), dataset_of(name)
    proto = export(model)
    (tmp_path / "model.onnx").write_bytes(proto.SerializeToString())
    card = tagger(tmp_path / "model.onnx")
    check_inputs(tmp_path / "card.yaml", card, dataset, "x")
    schema = schema_of(dataset, card.inputs)
    assert {key: set(columns) for key, columns in schema.sequences.items()} == {
        key: set(columns) for key, columns in model.record.schema_.sequences.items()
    }
    arrays = jets_for(schema, COUNTS)
    found = onnx_runtime.scores(opened(card), as_jets(schema, arrays))
    order = {key: [schema.sequences[key].index(each) for each in columns]
             for key, columns in model.record.schema_.sequences.items()}  # fmt: skip
    expected = Session(proto)(arrays | {key: arrays[key][..., columns] for key, columns in order.items()})
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_its_classes_are_those_of_the_dataset(tensorflow, tmp_path):
    from tagwerk.exports.export import export

    (tmp_path / "model.onnx").write_bytes(export(trained("dense")).SerializeToString())
    description = describe_model(tagger(tmp_path / "model.onnx").model)
    check_classes(description, ["top", "qcd"], "x")
    with pytest.raises(UserError, match="there is no 'qcd' among the classes of dataset 'x'"):
        check_classes(description, ["top", "gluon"], "x")
    with pytest.raises(UserError, match="class 'w' of dataset 'x' has no output"):
        check_classes(description, ["top", "qcd", "w"], "x")
