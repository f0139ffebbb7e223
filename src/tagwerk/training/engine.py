"""The library that trains a tagger, given by its architecture."""

from types import ModuleType

from tagwerk.cards.tagger import Tagger
from tagwerk.surroundings import loading_tensorflow


def engine(tagger: Tagger) -> ModuleType:
    """Return the module that trains a tagger and scores with it.

    It has `prepare`, `most_epochs`, `least_memory`, `train`, `scores`, `count_parameters`, `save`, `load` and `check`.
    Keras, and with it TensorFlow, is imported for networks only.
    """
    if tagger.engine == "keras":
        with loading_tensorflow():
            from tagwerk.training import network

        return network
    if tagger.engine == "one variable":
        from tagwerk.training import single_variable

        return single_variable
    if tagger.engine == "onnx":
        from tagwerk.training import onnx_runtime

        return onnx_runtime
    from tagwerk.training import classical

    return classical
