"""Attention between constituents."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.packed_constituents import jet_of_rows, pack_padded, pad_packed, sum_of_rows
from tagwerk.layers.pairs import padded_bias
from tagwerk.layers.precision import packs
from tagwerk.layers.row_layers import RowLayers
from tagwerk.layers.row_steps import DenseStep, apply_steps

_MASKED = -1e9  # its exponential is zero; finite, so that a jet without constituents gives finite numbers


class _Attention(ExplicitMask):
    """The matrices of multi-head attention (arXiv:1706.03762, section 3.2).

    Args:
        heads: number of heads.
        width: of the output, a multiple of the number of heads.
    """

    def __init__(self, heads: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.width = heads, width
        self.query, self.key, self.value, self.out = (
            keras.layers.Dense(width, dtype=self.dtype_policy) for _ in range(4)
        )

    def _split(self, values: Tensor) -> Tensor:
        """Return (..., width) as (..., heads, width / heads)."""
        return ops.reshape(values, (*ops.shape(values)[:-1], self.heads, self.width // self.heads))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"heads": self.heads, "width": self.width}


@keras.saving.register_keras_serializable("tagwerk")
class SelfAttention(_Attention):
    """Attention between the constituents of each jet: softmax_j(q_i · k_j / √d + bias_ij) v_j in every head.

    arXiv:1706.03762, section 3.2; the bias is that of arXiv:2202.03772, equation 6.

    Args:
        heads: number of heads.
        width: of the output, a multiple of the number of heads.
        dropout: rate of a dropout of the attention weights.

    Call arguments: rows (M + 1, F), the constituents as `Pack` returns them; mask (B, T), true where real; bias
    (P, heads), as `PairBias` returns it, or None.
    Returns: (M + 1, width).
    """

    def __init__(self, heads: int, width: int, dropout: float = 0.0, **options: Any) -> None:
        super().__init__(heads, width, **options)
        self.dropout = keras.layers.Dropout(dropout, dtype="float32")

    def build(self, rows_shape: tuple[int | None, ...], **_: Any) -> None:
        """Create the matrices of queries, keys, values and outputs."""
        for layer in (self.query, self.key, self.value):
            layer.build(rows_shape)
        self.out.build((None, self.width))

    def compute_output_shape(self, rows_shape: tuple[int | None, ...], **_: Any) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (*rows_shape[:-1], self.width)

    def call(self, rows: Tensor, mask: Tensor, bias: Tensor | None = None, training: bool = False) -> Tensor:
        """Return the attended value of each constituent."""
        layers = self.query, self.key, self.value
        projections = DenseStep(
            *(ops.concatenate([getattr(layer, name) for layer in layers], axis=-1) for name in ("kernel", "bias"))
        )
        projected = ops.split(apply_steps([projections], rows, training, self.dtype_policy), 3, axis=-1)
        if packs(self.compute_dtype):
            from tagwerk.layers.attention_op import attend

            queries, keys, values = projected
            attended = attend(queries, keys, values, bias, mask, self.heads, training, self._drop(training))
            return apply_steps([DenseStep(self.out.kernel, self.out.bias)], attended, training, self.dtype_policy)
        q, k, v = (ops.transpose(self._split(pad_packed(each[:-1], mask)), (0, 2, 1, 3)) for each in projected)
        logits = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / (self.width // self.heads) ** 0.5
        # In single precision, so that the weights sum to one.
        logits = ops.cast(logits, "float32")
        if bias is not None:
            logits += ops.cast(padded_bias(bias, mask), "float32")
        weights = ops.softmax(ops.where(mask[:, None, None], logits, _MASKED), axis=-1)
        weights = self.dropout(weights, training=training)
        attended = ops.transpose(ops.matmul(ops.cast(weights, v.dtype), v), (0, 2, 1, 3))
        packed = pack_padded(ops.reshape(attended, (*ops.shape(mask), self.width)), mask)
        return self.out(ops.pad(packed, ((0, 1), (0, 0))))

    def _drop(self, training: bool) -> tuple[float, Any]:
        """Return rate and seed of the dropout."""
        from tagwerk.layers.numpy_operation import drawn_seed

        if not training or self.dropout.rate == 0:
            return 0.0, (0, 0)
        return self.dropout.rate, drawn_seed(self.dropout.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"dropout": self.dropout.rate}


@keras.saving.register_keras_serializable("tagwerk")
class ClassAttention(_Attention):
    """Attention of one vector per jet to itself and to the constituents of the jet.

    arXiv:2103.17239, equations 5 to 7.

    Call arguments: token (B, F), the query; normalised (B, F), the same for key and value; rows (M + 1, F), the
    constituents as `Pack` returns them; mask (B, T), true where real.
    Returns: (B, width).
    """

    def build(self, token_shape: tuple[int | None, ...], **_: Any) -> None:
        """Create the matrices of queries, keys, values and outputs."""
        for layer in (self.query, self.key, self.value):
            layer.build(token_shape)
        self.out.build((None, self.width))

    def compute_output_shape(self, token_shape: tuple[int | None, ...], **_: Any) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return (*token_shape[:-1], self.width)

    def call(self, token: Tensor, normalised: Tensor, rows: Tensor, mask: Tensor) -> Tensor:
        """Return the attended value of each jet."""
        jets, count = jet_of_rows(mask), ops.shape(mask)[0]
        queries = self._split(self.query(token) / (self.width // self.heads) ** 0.5)
        # In single precision, so that the weights sum to one.
        own = ops.cast(ops.sum(queries * self._split(self.key(normalised)), axis=-1), "float32")
        logits = ops.cast(ops.sum(_of_rows(queries, jets) * self._split(self.key(rows)), axis=-1), "float32")
        highest = ops.segment_max(ops.stop_gradient(logits), jets, num_segments=count + 1)[:-1]
        highest = ops.maximum(highest, ops.stop_gradient(own))
        weights, own_weight = ops.exp(ops.minimum(logits - _of_rows(highest, jets), 0.0)), ops.exp(own - highest)
        total = own_weight + sum_of_rows(weights, mask)
        values, own_value = self._split(self.value(rows)), self._split(self.value(normalised))
        attended = ops.cast(own_weight, values.dtype)[..., None] * own_value
        attended += sum_of_rows(ops.cast(weights, values.dtype)[..., None] * values, mask)
        attended /= ops.cast(total, values.dtype)[..., None]
        return self.out(ops.reshape(attended, (count, self.width)))


def _of_rows(values: Tensor, jets: Tensor) -> Tensor:
    """Return the values (B, ...) of the jets of all rows, (M + 1, ...); zero for rows that are not real."""
    padding = ((0, 1), *((0, 0) for _ in values.shape[1:]))
    return ops.take(ops.pad(values, padding), jets, axis=0)


@keras.saving.register_keras_serializable("tagwerk")
class ClassToken(ExplicitMask):
    """One learnt vector, the same for every jet, to collect information from the constituents.

    Call arguments: mask (B, T), of the jets.
    Returns: (B, F).
    """

    def __init__(self, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.width = width

    def build(self, mask_shape: tuple[int | None, ...]) -> None:
        """Create the vector."""
        start = keras.initializers.TruncatedNormal(stddev=0.02)
        self.token = self.add_weight(shape=(1, self.width), initializer=start, name="token")

    def call(self, mask: Tensor) -> Tensor:
        """Return the vector, once per jet."""
        return ops.repeat(ops.cast(self.token, self.compute_dtype), ops.shape(mask)[0], axis=0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"width": self.width}


def self_attention(nodes: Tensor, mask: Tensor, heads: int, dropout: float, bias: Tensor | None = None) -> Tensor:
    """Return packed constituents (M + 1, F) after a block in which the constituents of a jet attend to one another.

    The block of the Particle Transformer (arXiv:2202.03772, figure 3b).

    Args:
        nodes: (M + 1, F), the real constituents of all jets, as `Pack` returns them.
        mask: (B, T), true where real.
        heads: of the attention.
        dropout: dropout rate of the attention weights and of the branches that are added to shortcuts.
        bias: (P, heads), as `PairBias` returns it, or None.
    """
    width = nodes.shape[-1]
    attended = SelfAttention(heads, width, dropout)(RowLayers([("norm",)])(nodes), mask, bias)
    return _residual_block(nodes, attended, heads, dropout)


def class_attention(token: Tensor, nodes: Tensor, mask: Tensor, heads: int) -> Tensor:
    """Return a learnt vector (B, F) after a block in which it attends to itself and to the constituents.

    As arXiv:2202.03772, figure 3c, and its authors' code: without dropout, and the query is not normalised.

    Args:
        token: (B, F).
        nodes: (M + 1, F), the real constituents of all jets, as `Pack` returns them.
        mask: (B, T), true where real.
        heads: of the attention.
    """
    normalise = RowLayers([("norm",)])
    attended = ClassAttention(heads, token.shape[-1])(token, normalise(token), normalise(nodes), mask)
    return _residual_block(token, attended, heads, 0.0)


def _residual_block(shortcut: Tensor, attended: Tensor, heads: int, dropout: float) -> Tensor:
    """Return the rest of a block, scales and two dense layers, for vectors (..., F) and the output of attention."""
    width = shortcut.shape[-1]
    values = shortcut + RowLayers([("scale", heads), ("norm",), ("dropout", dropout)])(attended)
    first, second = [("norm",), ("dense", 4 * width), ("gelu",)], [("norm",), ("dense", width)]
    hidden = RowLayers([*first, ("dropout", dropout), *second, ("dropout", dropout)])(values)
    return RowLayers([("scale", width)])(values) + hidden
