"""The converter of each layer of a network: from the values of its inputs to those of its outputs."""

from collections.abc import Callable
from typing import Any

Converter = Callable[..., Any]
CONVERTERS: dict[type, Converter] = {}


def converts(*layers: type) -> Callable[[Converter], Converter]:
    """Register the converter of layers: a function of the layer and its call's arguments."""

    def register(function: Converter) -> Converter:
        CONVERTERS.update(dict.fromkeys(layers, function))
        return function

    return register
