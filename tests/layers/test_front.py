import numpy as np

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs
from tagwerk.layers.features import ConstituentFeatures
from tagwerk.shards.schema import Schema
from tests.conftest import DATASET


def test_features_are_built_then_normalised_and_zero_where_padded():
    layer = ConstituentFeatures(
        fields=["pt", "eta", "phi", "energy", "charge"],
        scalars=["pt", "eta", "phi", "mass"],
        names=["delta_eta", "charge"],
        mean=[0.5, 1.0],
        deviation=[2.0, 0.5],
    )
    constituents = np.array([[[10, 1.5, 0, 20, -1], [9, 9, 9, 9, 9]]], "float32")
    values = np.asarray(layer(constituents, np.array([[100, 1.0, 0, 10]], "float32"), np.array([[True, False]])))
    np.testing.assert_allclose(values, [[[(0.5 - 0.5) / 2, (-1 - 1) / 0.5], [0, 0]]], atol=1e-6)


def test_a_layer_is_made_again_from_its_configuration():
    layer = ConstituentFeatures(["pt"], ["pt"], ["log_pt"], [1.0], [2.0], name="features")
    assert ConstituentFeatures.from_config(layer.get_config()).get_config() == layer.get_config()


def test_the_front_normalises_by_the_summary(toy):
    from tagwerk.layers.front import front

    dataset, summary = Dataset.model_validate(DATASET), toy.load()[1]
    wanted = Inputs(sequences={"constituents": ["log_pt", "charge"]}, scalars=["width", "mass"])
    schema = Schema.of(dataset, wanted)
    made = front(schema, wanted, summary)
    assert set(made.inputs) == {"jet", "constituents", "constituents_mask"}
    assert made.classes == ["narrow", "wide"]
    model = made.model(made.scalars, features=made.sequences["constituents"][0])
    jet, moments = np.array([[600, 0, 0, 100, 8, 0.25]], "float32"), summary.moments
    inputs = {"jet": jet, "constituents": np.ones((1, 1, 5), "float32"), "constituents_mask": np.array([[True]])}
    found = model.predict_on_batch(inputs)
    features, scalars = found["features"], found["scores"]
    normalised = [
        (value - moments[group][name][0]) / moments[group][name][1]
        for group, name, value in [
            ("constituents", "log_pt", 0),
            ("constituents", "charge", 1),
            ("jet", "width", 0.25),
            ("jet", "mass", 100),
        ]
    ]
    np.testing.assert_allclose([*features[0, 0], *scalars[0]], normalised, rtol=1e-4)
