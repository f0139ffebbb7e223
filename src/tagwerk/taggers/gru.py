"""Gated recurrent units over the constituents, from the hardest to the softest.

Cho et al., arXiv:1406.1078. In Keras the update gate keeps the old state, where textbooks let it take the new one, and
the reset gate acts behind the weights (`reset_after`), as on GPUs.
"""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.settings import Dense, Dropout, Pooling, Units

if TYPE_CHECKING:
    from tagwerk.layers.front import Front

ENGINE = "keras"
INPUTS = "one sequence"


def build(
    front: "Front",
    *,
    units: Units = (128, 128),
    pooling: Pooling = "mean_max",
    dense: Dense = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: GRU layers of these `units`, `pooling` of the last one's steps, `dense` layers."""
    import keras

    from tagwerk.layers.recurrent import classifier, recurrent_encoder

    constituents, mask = front.sequence
    encoded = recurrent_encoder(keras.layers.GRU, constituents, mask, units, pooling)
    return front.model(classifier(encoded, dense, dropout, front.classes))
