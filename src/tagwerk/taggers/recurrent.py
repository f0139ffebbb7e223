"""Recurrent networks over the constituents: simple, LSTM, GRU or minimal cells, of any depth, in one direction or both.

- Simple: h' = tanh(W x + U h + b) (Elman 1990).
- LSTM (Hochreiter and Schmidhuber, Neural Computation 9 (1997) 1735), whose forget gates start open, with a bias of one
  (Gers et al. 2000; arXiv:1503.04069), without which a network hardly learns from a hundred steps of descending pT.
- GRU (arXiv:1406.1078). In Keras the update gate keeps the old state, where textbooks let it take the new one, and the
  reset gate acts after the weights (`reset_after`), as on GPUs.
- minGRU and minLSTM (arXiv:2410.01201), whose gates depend on the constituent alone. The architecture
  `recurrent_blocks` has them with the convolutions and shortcuts that they need.

Each sequence has its own layers.
"""

from typing import TYPE_CHECKING, Any

from tagwerk.layers.hyperparameters import BranchUnits, Cell, DenseUnits, Direction, Dropout, Order, Pooling, of_branch

if TYPE_CHECKING:
    from tagwerk.layers.model_inputs import ModelInputs

ENGINE = "keras"
INPUTS = "one sequence or more"


def build(
    inputs: "ModelInputs",
    *,
    cell: Cell = "lstm",
    units: BranchUnits = (128, 128),
    direction: Direction = "forward",
    order: Order = "as_stored",
    pooling: Pooling = "mean_max",
    dense: DenseUnits = (64,),
    dropout: Dropout = 0.0,
) -> Any:
    """Return the network: recurrent layers of these `units`, `pooling` of the last layer's steps, `dense` layers."""
    from tagwerk.layers.classifier import classify
    from tagwerk.layers.input_branches import encode_branches
    from tagwerk.layers.order import ordered_sequence
    from tagwerk.layers.recurrent_stack import Recurrent

    def encode(name: str, *_: Any) -> Any:
        constituents, mask = ordered_sequence(inputs, name, order)
        return Recurrent(cell, of_branch(units, name), direction, pooling)(constituents, mask)

    return inputs.model(classify(inputs, encode_branches(inputs.sequences, encode), dense, dropout))
