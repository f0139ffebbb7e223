"""The library that trains a tagger, chosen by its architecture."""

from types import ModuleType

from tagwerk.cards.tagger import Tagger


def engine(tagger: Tagger) -> ModuleType:
    """Return the module for a tagger's models: `prepare`, `train`, `scores`, `parameters`, `save`, `load`, `check`.

    Keras, and TensorFlow with it, is imported only where a network is asked for.
    """
    if tagger.engine == "keras":
        from tagwerk.training import network

        return network
    from tagwerk.training import classical

    return classical
