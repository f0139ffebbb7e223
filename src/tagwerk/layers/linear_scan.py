"""Linear recurrences with Keras operations only."""

from keras import ops

from tagwerk.arrays import Tensor


def linear_scan(factors: Tensor, values: Tensor) -> Tensor:
    """Return h_t = f_t h_{t-1} + v_t with h_0 = 0, for factors f and values v (B, T, ...).

    All steps at once, in log2 T rounds: after each, every step has the sum over twice as many steps. Only products of
    factors occur, no ratios, so that nothing overflows with factors between zero and one.
    """
    length, steps = ops.shape(values)[1], ops.arange(ops.shape(values)[1])

    def add_earlier(doubling: Tensor, scanned: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        factors, values = scanned
        earlier = steps - 2**doubling
        exists = ops.reshape(earlier >= 0, (1, -1) + (1,) * (len(values.shape) - 2))
        indices = ops.maximum(earlier, 0)
        earlier_factors, earlier_values = (ops.take(array, indices, axis=1) for array in scanned)
        values = values + ops.where(exists, factors * earlier_values, 0)
        return ops.where(exists, factors * earlier_factors, factors), values

    return ops.fori_loop(0, _rounds(length), add_earlier, (factors, values))[1]


def _rounds(length: int | Tensor) -> int | Tensor:
    """Return a number of doublings after which 1 is at least the length."""
    if isinstance(length, int):
        return length.bit_length()
    return ops.cast(ops.floor(ops.log2(ops.cast(ops.maximum(length, 1), "float32"))), "int32") + 1
