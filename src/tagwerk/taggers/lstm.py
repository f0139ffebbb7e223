"""Long short-term memory over the constituents, from the hardest to the softest.

Hochreiter and Schmidhuber, Neural Computation 9 (1997) 1735. The forget gates start open, with a bias of one
(Gers et al. 2000; arXiv:1503.04069), without which a falling-pT sequence of a hundred steps hardly learns.
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
    """Return the network: LSTM layers of these `units`, `pooling` of the last one's steps, `dense` layers."""
    import keras

    from tagwerk.layers.recurrent import classifier, recurrent_encoder

    constituents, mask = front.sequence
    encoded = recurrent_encoder(keras.layers.LSTM, constituents, mask, units, pooling)
    return front.model(classifier(encoded, dense, dropout, front.classes))
