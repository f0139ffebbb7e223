"""Networks against the outputs of their authors' code, with the same weights on the same jets.

parity.json is made by `python benchmarks/parity.py demo ... --pin tests/taggers/parity.json` with weaver-core,
energyflow and the Particle Transformer's examples: a few jets of the demo, the outputs of small networks in double
precision, and the shapes of their weights, which are drawn from their names.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.parity_weights import draw_all, load, matches, projections
from tagwerk.cards.tagger import Tagger
from tagwerk.layers.schema import Schema

PINNED = json.loads(Path(__file__).with_name("parity.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-5


@pytest.fixture(scope="module", params=PINNED["cases"])
def case(request, tensorflow):
    """A pinned case, and Tagwerk's network with its weights."""
    from tagwerk.layers.model_inputs import model_inputs

    case = PINNED["cases"][request.param]
    tagger = Tagger.model_validate(case["card"])
    moments = SimpleNamespace(moments=PINNED["moments"], ranges={})
    model = tagger.build(model_inputs(Schema(**PINNED["schema"]), tagger.inputs, moments))
    weights = draw_all(case["shapes"], case["output"], **case["last"])
    load(model, tagger.architecture, weights)
    return case, model, [match.variable for match in matches(model, tagger.architecture, weights)]


def inputs_of(name):
    types = {"jet": "float32", "constituents": "float32", "constituents_mask": "bool"}
    return {key: np.array(values, types[key]) for key, values in PINNED[name].items()}


def test_scores_of_real_jets_are_those_of_the_authors_network(case):
    case, model, _ = case
    scores = np.asarray(model(inputs_of("jets"), training=False)["scores"])[:, 1]
    assert np.std(case["scores"]) > 0.1
    np.testing.assert_allclose(scores, case["scores"], atol=TOLERANCE, rtol=0)


def test_a_training_step_has_the_outputs_and_gradients_of_the_authors_network(case):
    import tensorflow as tf

    case, model, variables = case
    trained, state = [variable for variable in variables if variable.trainable], model.get_weights()
    with tf.GradientTape() as tape:
        scores = model(inputs_of("batch"), training=True)["scores"]
        loss = -tf.reduce_mean(tf.math.log(tf.gather(scores, PINNED["label"], axis=1, batch_dims=1)))
    gradients = tape.gradient(loss, [variable.value for variable in trained])
    model.set_weights(state)  # the running statistics
    np.testing.assert_allclose(scores[:, 1], case["training"], atol=TOLERANCE, rtol=0)
    projected = projections([tf.convert_to_tensor(each).numpy() for each in gradients])
    np.testing.assert_allclose(
        projected, case["gradients"], atol=TOLERANCE * np.abs(case["gradients"]).max(), rtol=1e-4
    )
