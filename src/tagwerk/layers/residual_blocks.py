"""Blocks of recurrent layers with a convolution, a gate and a shortcut, on packed constituents."""

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.convolution import CausalConvolution
from tagwerk.layers.hyperparameters import BlockCell
from tagwerk.layers.normalisation import rms_norm
from tagwerk.layers.packed_constituents import Pack, Unpack
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.layers.selective_state_space import SelectiveStateSpace


def recurrent_block(
    nodes: Tensor, mask: Tensor, cell: BlockCell, expansion: int, taps: int, states: int, dropout: float
) -> Tensor:
    """Return packed constituents (M + 1, F) after the block of arXiv:2312.00752, figure 3, with its shortcut.

    Args:
        nodes: (M + 1, F), the real constituents of all jets, as `Pack` returns them.
        mask: (B, T), true where real.
        cell: Mamba's own, or a minimal one in its place.
        expansion: E / F, where E is the width inside the block.
        taps: number of constituents that the convolution sees.
        states: number of states for each of the E features, of Mamba's cell.
        dropout: dropout rate of what is added to the shortcut.
    """
    width, normalised = nodes.shape[-1], rms_norm()(nodes)
    x, gate = (keras.layers.Dense(expansion * width, use_bias=False)(normalised) for _ in range(2))
    x = CausalConvolution(taps)(x, mask)
    if cell == "mamba":
        y = SelectiveStateSpace(states)(x, gate, mask)
    else:
        y = Pack()(Recurrent(cell, [expansion * width])(Unpack()(x, mask), mask), mask) * ops.silu(gate)
    added = keras.layers.Dense(width, use_bias=False)(y)
    return nodes + (keras.layers.Dropout(dropout)(added) if dropout else added)
