"""Attention between constituents."""

from typing import Any

import keras
from keras import ops

from tagwerk.layers.explicit import ExplicitMask

Tensor = Any

_LOWEST = -1e9  # its exponential is zero; finite, so that a jet without constituents gives finite numbers


@keras.saving.register_keras_serializable("tagwerk")
class Attention(ExplicitMask):
    """Multi-head attention: softmax_j(q_i · k_j / √d + bias_ij) v_j over the constituents j that exist.

    arXiv:1706.03762, section 3.2; the bias is that of arXiv:2202.03772, equation 6.

    Args:
        heads: how many.
        width: of what comes out, a multiple of them.

    Call arguments: queries (B, S, F); values (B, T, F), from which the keys are made too; mask (B, T), true where real;
    bias (B, heads, S, T) or none.
    Returns: (B, S, width).
    """

    def __init__(self, heads: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.width = heads, width
        self.query, self.key, self.value, self.out = (
            keras.layers.Dense(width, dtype=self.dtype_policy) for _ in range(4)
        )

    def build(self, queries_shape: tuple[int | None, ...], values_shape: tuple[int | None, ...], **_: Any) -> None:
        """Make the matrices of queries, keys, values and outputs."""
        self.query.build(queries_shape)
        self.key.build(values_shape)
        self.value.build(values_shape)
        self.out.build((None, None, self.width))

    def call(self, queries: Tensor, values: Tensor, mask: Tensor, bias: Tensor | None = None) -> Tensor:
        """Return what each query is told."""
        q, k, v = self._split(self.query(queries)), self._split(self.key(values)), self._split(self.value(values))
        logits = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / (self.width // self.heads) ** 0.5
        # In single precision, whose exponentials add up.
        logits = ops.cast(logits, "float32") + (0.0 if bias is None else ops.cast(bias, "float32"))
        weights = ops.softmax(ops.where(mask[:, None, None], logits, _LOWEST), axis=-1)
        told = ops.transpose(ops.matmul(ops.cast(weights, v.dtype), v), (0, 2, 1, 3))
        return self.out(ops.reshape(told, (ops.shape(told)[0], ops.shape(told)[1], self.width)))

    def _split(self, values: Tensor) -> Tensor:
        """Return (B, S, width) as (B, heads, S, width / heads)."""
        shape = (ops.shape(values)[0], ops.shape(values)[1], self.heads, self.width // self.heads)
        return ops.transpose(ops.reshape(values, shape), (0, 2, 1, 3))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"heads": self.heads, "width": self.width}


@keras.saving.register_keras_serializable("tagwerk")
class ClassToken(ExplicitMask):
    """One learnt vector, the same for every jet, which is to gather what the constituents say.

    Call arguments: constituents (B, T, F).
    Returns: (B, 1, F).
    """

    def build(self, constituents_shape: tuple[int | None, ...]) -> None:
        """Make the vector."""
        self.token = self.add_weight(shape=(1, 1, constituents_shape[-1]), initializer="truncated_normal", name="token")

    def call(self, constituents: Tensor) -> Tensor:
        """Return the vector of each jet."""
        return ops.repeat(ops.cast(self.token, constituents.dtype), ops.shape(constituents)[0], axis=0)


def attention_block(
    queries: Tensor, values: Tensor, mask: Tensor, heads: int, dropout: float, bias: Tensor | None = None
) -> Tensor:
    """Return queries (B, S, F) after attention to values (B, T, F) and a network of two layers, each beside a shortcut.

    What enters is normalised, and once more within each of the two (NormFormer, arXiv:2110.09456, which the Particle
    Transformer uses).
    """
    layers, width = keras.layers, queries.shape[-1]
    told = Attention(heads, width)(
        layers.LayerNormalization()(queries), layers.LayerNormalization()(values), mask, bias
    )
    queries = queries + layers.Dropout(dropout)(layers.LayerNormalization()(told))
    hidden = layers.Dense(4 * width, activation="gelu")(layers.LayerNormalization()(queries))
    return queries + layers.Dropout(dropout)(layers.Dense(width)(layers.LayerNormalization()(hidden)))
