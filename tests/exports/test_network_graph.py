"""Networks of layers that Tagwerk does not know."""

import pytest

from tagwerk.errors import UserError


def test_a_layer_without_a_converter_is_named(tensorflow):
    import keras

    from tagwerk.exports.graph import FLOAT, OnnxGraph
    from tagwerk.exports.network_graph import network_outputs

    inputs = {"jet": keras.Input((3,), name="jet")}
    model = keras.Model(inputs, {"scores": keras.layers.UnitNormalization(name="unit")(inputs["jet"])})
    graph = OnnxGraph()
    with pytest.raises(UserError, match=r"^layer 'unit' of type 'UnitNormalization' cannot be exported: write a conv"):
        network_outputs(graph, model, {"jet": graph.input("jet", FLOAT, ["jets", 3])})
