"""Weighted sums of the rows of each jet, which follow one another, and the gradients, compiled."""

from tagwerk.arrays import Bools, Floats32, Ints
from tagwerk.packed.aligned import aligned_empty, aligned_zeros
from tagwerk.packed.lanes import LANES, load, store
from tagwerk.packed.products import add_scaled, compiled  # Numba's cache does not notice changes in other files
from tagwerk.packed.segments import Segments


def run(rows: Floats32, weights: Floats32, mask: Bools) -> Floats32:
    """Return the sum over each jet's rows of weight times row, (B, F), zero for a jet without any.

    Args:
        rows: (M + 1, F), of the M real constituents, and one that belongs to no jet.
        weights: (B, T).
        mask: (B, T), true where real.
    """
    out = aligned_zeros((len(mask), rows.shape[1]))
    _add_rows(rows, weights[mask], Segments.of_mask(mask).jets, out)
    return out


def gradients(grad_out: Floats32, weights: Floats32, mask: Bools) -> Floats32:
    """Return the gradients of the rows, (M + 1, F), from those of the output of `run`."""
    jets = Segments.of_mask(mask).jets
    grad_rows = aligned_empty((len(jets) + 1, grad_out.shape[1]))
    grad_rows[-1] = 0
    _spread(grad_out, weights[mask], jets, grad_rows)
    return grad_rows


@compiled
def _add_rows(rows: Floats32, weights: Floats32, jets: Ints, out: Floats32) -> None:
    for row in range(len(jets)):
        add_scaled(weights[row], rows[row], out[jets[row]])


@compiled
def _spread(grad_out: Floats32, weights: Floats32, jets: Ints, out: Floats32) -> None:
    for row in range(len(jets)):
        weight, grad, target = weights[row], grad_out[jets[row]], out[row]
        for u in range(0, len(grad), LANES):
            store(weight * load(grad, u), target, u)
