"""Recurrent networks over the constituents: simple, LSTM or GRU cells, of any depth, in one direction or both.

- Simple: h' = tanh(W x + U h + b) (Elman 1990).
- LSTM (Hochreiter and Schmidhuber, Neural Computation 9 (1997) 1735), whose forget gates start open, with a bias of one
  (Gers et al. 2000; arXiv:1503.04069), without which a network hardly learns from a hundred steps of descending pT.
- GRU (arXiv:1406.1078). In Keras the update gate keeps the old state, where textbooks let it take the new one, and the
  reset gate acts after the weights (`reset_after`), as on GPUs.
"""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.hyperparameters import Cell, DenseUnits, Direction, Dropout, Order, Pooling, Units

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence"


def build(
    inputs: "ModelInputs",
    *,
    cell: Cell = "lstm",
    units: Units = (128, 128),
    direction: Direction = "forward",
    order: Order = "as_stored",
    pooling: Pooling = "mean_max",
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: recurrent layers of these `units`, `pooling` of the last layer's steps, `dense` layers."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.order import ordered_sequence
    from tagwerk.layers.recurrent_stack import Recurrent

    constituents, mask = ordered_sequence(inputs, order)
    encoded = Recurrent(cell, units, direction, pooling)(constituents, mask)
    return inputs.model(classify(inputs, encoded, dense, dropout))
