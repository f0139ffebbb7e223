"""A trained network as an ONNX graph: its layers' converters, one after the other."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

import tagwerk.exports.attention_layers
import tagwerk.exports.feature_layers
import tagwerk.exports.neighbour_layers
import tagwerk.exports.output_layers
import tagwerk.exports.pooling_layers
import tagwerk.exports.recurrent_layers
import tagwerk.exports.recursive_layers  # noqa: F401 — registers converters
from tagwerk.errors import UserError
from tagwerk.exports.array_library import maximum, minimum
from tagwerk.exports.converters import CONVERTERS
from tagwerk.exports.dense_layers import activation
from tagwerk.exports.graph import FLOAT, INT, OnnxGraph, Value, concatenate
from tagwerk.internals import calls_of

_ADVICE = "write a converter with `tagwerk.exports.converters.converts`, or use layers of a shipped architecture"
_OPERATIONS: dict[str, Any] = {
    "Add": lambda x, y: x + y,
    "Subtract": lambda x, y: x - y,
    "Multiply": lambda x, y: x * y,
    "TrueDivide": lambda x, y: x / y,
    "Divide": lambda x, y: x / y,
    "Maximum": maximum,
    "Minimum": minimum,
    "Cast": lambda x: x.cast(FLOAT),
    "Silu": lambda x: activation("silu", x),
    "Gelu": lambda x: activation("gelu", x),
}


def network_outputs(graph: OnnxGraph, model: keras.Model, inputs: Mapping[str, Value]) -> dict[str, Value]:
    """Return the outputs of a model for these inputs, by name.

    Raises:
        UserError: a layer has no converter.
    """
    values = {id(tensor): inputs[name] for name, tensor in model.input.items()}

    def value_of(argument: Any) -> Any:
        if isinstance(argument, keras.KerasTensor):
            return values[id(argument)]
        if isinstance(argument, list | tuple):
            return type(argument)(value_of(each) for each in argument)
        return argument

    for operation, args, kwargs, outputs in calls_of(model):
        given = [value_of(each) for each in args]
        named = {name: value_of(each) for name, each in kwargs.items() if each is not None and name != "training"}
        results = _convert(graph, operation, given, named, outputs)
        results = results if isinstance(results, list) else [results]
        values.update({id(tensor): value for tensor, value in zip(outputs, results, strict=True)})
    return {name: values[id(tensor)] for name, tensor in model.output.items()}


def _convert(graph: OnnxGraph, operation: Any, args: list[Any], kwargs: dict[str, Any], outputs: list[Any]) -> Any:
    converter = CONVERTERS.get(type(operation))
    if converter is not None:
        return converter(operation, *args, **kwargs)
    name = type(operation).__name__
    if name == "GetItem":
        return _item(args[0], args[1])
    if name == "Concatenate":
        return concatenate(args[0], operation.axis if operation.axis >= 0 else len(outputs[0].shape) + operation.axis)
    if name == "Take":
        return args[0].take(graph.constant(np.asarray(args[1]), INT), operation.axis)
    if name in _OPERATIONS:
        args = [each if isinstance(each, Value) or np.ndim(each) == 0 else graph.constant(each) for each in args]
        return _OPERATIONS[name](*args)
    raise UserError(f"layer '{operation.name}' of type '{name}' cannot be exported: {_ADVICE}")


def _item(values: Value, key: Any) -> Value:
    """Return values[key], for a range of the second axis or an entry of the last."""
    key = key if isinstance(key, tuple) else (key,)
    if key[0] is Ellipsis and isinstance(key[1], int):
        return values.take(key[1], -1)
    _, chosen = key
    stop = 2**62 if chosen.stop is None else chosen.stop
    return values.slice(chosen.start or 0, stop, 1, chosen.step or 1)
