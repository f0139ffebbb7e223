import numpy as np
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.tagger import Inputs
from tagwerk.jets.features import FEATURES
from tagwerk.layers.constituent_features import ConstituentFeatures
from tagwerk.layers.portable import portable
from tests.conftest import DATASET


def test_features_are_built_then_normalised_and_zero_where_padded():
    layer = ConstituentFeatures(
        fields=["pt", "eta", "phi", "energy", "charge"],
        scalars=["pt", "eta", "phi", "mass"],
        names=["delta_eta", "charge"],
        mean=[0.5, 1.0],
        std=[2.0, 0.5],
    )
    constituents = np.array([[[10, 1.5, 0, 20, -1], [9, 9, 9, 9, 9]]], "float32")
    values = np.asarray(layer(constituents, np.array([[100, 1.0, 0, 10]], "float32"), np.array([[True, False]])))
    np.testing.assert_allclose(values, [[[(0.5 - 0.5) / 2, (-1 - 1) / 0.5], [0, 0]]], atol=1e-6)


@pytest.mark.parametrize("wrong", [None, 0.0, -1e30, 3e38, np.inf, np.nan])
def test_numpy_and_keras_build_the_same_features(wrong):
    random, fields = np.random.default_rng(1), ["pt", "eta", "phi", "energy", "d0", "d0_error"]
    names = [*FEATURES, "log_abs_d0", "d0_significance"]
    layer = ConstituentFeatures(fields, ["pt", "eta", "phi", "mass"], names, [0.1] * len(names), [2.0] * len(names))
    constituents = random.exponential(1, (4, 9, len(fields))).astype("float32")
    jet = np.array([[500, 1.5, 3.1, 80]] * 4, "float32")
    if wrong is not None:
        for field in range(len(fields)):
            constituents[field % 4, field, field] = wrong
    mask = np.arange(9) < np.array([9, 3, 0, 1])[:, None]
    by_numpy = np.asarray(layer(constituents, jet, mask))
    with portable():
        by_keras = np.asarray(layer(constituents, jet, mask))
    np.testing.assert_allclose(by_numpy, by_keras, rtol=2e-5, atol=2e-5)


def test_a_layer_can_be_rebuilt_from_its_config():
    layer = ConstituentFeatures(["pt"], ["pt"], ["log_pt"], [1.0], [2.0], name="features")
    assert ConstituentFeatures.from_config(layer.get_config()).get_config() == layer.get_config()


def test_inputs_are_normalised_by_the_summary(toy):
    from tagwerk.layers.model_inputs import model_inputs

    dataset, summary = Dataset.model_validate(DATASET), toy.load()[1]
    selected = Inputs(sequences={"constituents": ["log_pt", "charge"]}, scalars=["width", "mass"])
    schema = schema_of(dataset, selected)
    inputs = model_inputs(schema, selected, summary)
    assert set(inputs.inputs) == {"jet", "constituents", "constituents_mask"}
    assert inputs.classes == ["narrow", "wide"]
    model = inputs.model(inputs.scalars, features=inputs.sequences["constituents"][0])
    jet, moments = np.array([[600, 0, 0, 100, 8, 0.25]], "float32"), summary.moments
    batch = {"jet": jet, "constituents": np.ones((1, 1, 5), "float32"), "constituents_mask": np.array([[True]])}
    outputs = model.predict_on_batch(batch)
    features, scalars = outputs["features"], outputs["scores"]
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


def test_features_are_clipped_before_normalisation_and_nan_stays_nan():
    layer = ConstituentFeatures(["pt", "d0"], ["pt"], ["d0"], mean=[1.0], std=[2.0], low=[-3.0], high=[5.0])
    values = np.array([[[1, 0], [1, -1e30], [1, 7], [1, np.inf], [1, np.nan], [1, 9]]], "float32")
    mask = np.array([[True] * 5 + [False]])
    features = np.asarray(layer(values, np.ones((1, 1), "float32"), mask))
    np.testing.assert_array_equal(features[0, :, 0], [-0.5, -2, 2, 2, np.nan, 0])
    rebuilt = ConstituentFeatures.from_config(layer.get_config())
    np.testing.assert_array_equal(rebuilt(values, np.ones((1, 1), "float32"), mask), features)


@pytest.mark.parametrize("wrong", [1e9, -1e30, 3e38])
def test_every_kind_of_input_is_clipped_to_the_range_in_the_summary(toy, wrong):
    from tagwerk.layers.model_inputs import model_inputs

    dataset, summary = Dataset.model_validate(DATASET), toy.load()[1]
    tree = "constituents_random"
    selected = Inputs(
        sequences={"constituents": ["charge", "log_pt"]}, trees={tree: ["pt", "lund_kt"]}, scalars=["mass"]
    )
    schema = schema_of(dataset, selected)
    inputs = model_inputs(schema, selected, summary)
    model = inputs.model(inputs.scalars, features=inputs.sequences["constituents"][0], nodes=inputs.tree.nodes)
    merges = np.array([[[0, 1, wrong, 0, 0, wrong], [0] * 6]], "float32")
    batch = {
        "jet": np.array([[600, 0, 0, wrong, 8, 0.25]], "float32"),
        "constituents": np.full((1, 2, 5), wrong, "float32"),
        "constituents_mask": np.ones((1, 2), bool),
        tree: merges,
        f"{tree}_mask": np.array([[True, False]]),
    }
    outputs = model.predict_on_batch(batch)
    for group, names, values in [
        ("jet", ["mass"], outputs["scores"]),
        ("constituents", ["charge", "log_pt"], outputs["features"]),
        (tree, ["pt", "lund_kt"], outputs["nodes"]),
    ]:
        for column, name in enumerate(names):
            (mean, std), (low, high) = summary.moments[group][name], summary.ranges[group][name]
            assert (values[..., column] >= min((low - mean) / std, 0) - 1e-3).all()
            assert (values[..., column] <= max((high - mean) / std, 0) + 1e-3).all()
