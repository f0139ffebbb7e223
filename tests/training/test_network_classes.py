"""A stored network is created only if its classes compute; a trusting loader first shows that each attack works."""

import io
import json
import zipfile
from importlib import import_module
from pathlib import Path

import h5py
import pytest

from tagwerk.training.network_classes import check_network

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture
def hacked(tmp_path):
    return tmp_path / "hacked"


def network(file, *layers):
    """Write a network of a dense layer and others."""
    import keras

    inputs = keras.Input((2,))
    outputs = keras.layers.Dense(2, activation="relu", kernel_regularizer="l2")(inputs)
    for layer in layers:
        outputs = layer(outputs)
    keras.Model(inputs, outputs).save(file)
    return file


def rewritten(file, compression=zipfile.ZIP_STORED, **members):
    """Write other members into the archive."""
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in {**content, **members}.items():
            archive.writestr(name, data)


def with_layer(file, **description):
    """Replace the description of the dense layer's regulariser, which Keras creates while it creates the layer."""
    with zipfile.ZipFile(file) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"]["layers"][1]["config"]["kernel_regularizer"] = {"config": {}} | description
    rewritten(file, **{"config.json": json.dumps(config)})


def test_a_network_of_layers_that_compute_is_accepted(tmp_path):
    import keras

    others = keras.layers.Reshape((1, 2)), keras.layers.GRU(3), keras.layers.BatchNormalization(), keras.layers.ReLU()
    check_network(network(tmp_path / "model.keras", *others))


def test_a_lambda_is_not_run(tmp_path, hacked):
    import keras

    name = str(hacked)
    payload = keras.layers.Lambda(lambda x: (__import__("pathlib").Path(name).touch(), x)[1])
    file = network(tmp_path / "model.keras", payload)
    hacked.unlink()
    keras.models.load_model(file, safe_mode=False)
    hacked.unlink()
    with pytest.raises(ValueError, match=r"model.keras contains 'keras.layers.Lambda', which could run code"):
        check_network(file)
    assert not hacked.exists()


def test_a_saved_graph_is_not_run(tmp_path, hacked):
    import keras
    import tensorflow as tf

    class Payload(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 2))])
        def call(self, x):
            with tf.control_dependencies([tf.io.write_file(str(hacked), "x")]):
                return tf.identity(x)

    module = Payload()
    tf.saved_model.save(module, tmp_path / "graph", signatures=module.call)
    layer = keras.layers.TFSMLayer(str(tmp_path / "graph"), call_endpoint="serving_default")
    inputs = keras.Input((2,))
    keras.Model(inputs, layer(inputs)).save(tmp_path / "model.keras")
    keras.models.load_model(tmp_path / "model.keras", safe_mode=False)(tf.ones((1, 2)))
    hacked.unlink()
    with pytest.raises(ValueError, match=r"contains 'keras.layers.TFSMLayer'"):
        check_network(tmp_path / "model.keras")


@pytest.mark.parametrize(
    "description",
    [
        {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
        {"module": "keras.layers", "class_name": "TextVectorization"},
        {"module": "keras.layers", "class_name": "TorchModuleWrapper"},
        {"module": "keras.src.layers.core.lambda_layer", "class_name": "Lambda"},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": "other>Lambda"},
        {"module": "keras.layers", "class_name": "Dense", "registered_name": "tagwerk>Lambda"},
        {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"},
        {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "function"},
        {"module": None, "class_name": "Lambda"},
        {"module": "os", "class_name": "system"},
        {"module": "subprocess", "class_name": "Popen", "registered_name": "Popen"},
        {"module": ["keras.layers"], "class_name": {"a": 1}},
        {"class_name": "__lambda__", "config": {"value": "x"}},
        {"class_name": "__lambda__", "config": {"value": "x"}, "registered_name": "tagwerk>MaskedMean"},
        {"module": "os", "class_name": "function", "config": "system", "registered_name": "tagwerk>MaskedMean"},
        {"class_name": "__typespec__", "spec_name": "x", "module": "os"},
    ],
    ids=str,
)
def test_other_classes_and_functions_are_refused_wherever_they_are(tmp_path, description):
    import_module("tagwerk.layers.pooling")  # registers MaskedMean
    file = network(tmp_path / "model.keras")
    check_network(file)
    with_layer(file, **description)
    with pytest.raises(ValueError, match=r"model.keras contains .*, which could run code or read files"):
        check_network(file)


@pytest.mark.parametrize("member", ["model.weights.npz", "assets/vocabulary.txt", "../hacked"])
def test_other_members_are_refused(tmp_path, member):
    file = network(tmp_path / "model.keras")
    rewritten(file, **{member: b"x"})
    with pytest.raises(ValueError, match=r"has other members than config.json, metadata.json, model.weights.h5"):
        check_network(file)


def test_a_small_file_of_large_content_is_refused(tmp_path):
    file = network(tmp_path / "model.keras")
    rewritten(file, zipfile.ZIP_DEFLATED, **{"model.weights.h5": bytes(10**7)})
    assert Path(file).stat().st_size < 10**5
    with pytest.raises(ValueError, match=r"model.keras is compressed"):
        check_network(file)


def test_a_small_file_of_few_weights_with_a_large_shape_is_refused(tmp_path):
    file, weights = network(tmp_path / "model.keras"), io.BytesIO()
    with zipfile.ZipFile(file) as archive:
        weights.write(archive.read("model.weights.h5"))
    with h5py.File(weights, "r+") as opened:
        opened.create_dataset("layers/dense/vars/2", (10**9,), "f4", chunks=(10**6,))
    rewritten(file, **{"model.weights.h5": weights.getvalue()})
    with pytest.raises(ValueError, match=r"model.keras does not contain the values of 'layers/dense/vars/2'"):
        check_network(file)
