"""Attention between constituents."""

from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import ExplicitMask
from tagwerk.layers.normalisation import layer_norm
from tagwerk.layers.packed_constituents import Pack, Unpack

_MASKED = -1e9  # its exponential is zero; finite, so that a jet without constituents gives finite numbers


@keras.saving.register_keras_serializable("tagwerk")
class Attention(ExplicitMask):
    """Multi-head attention: softmax_j(q_i · k_j / √d + bias_ij) v_j over the constituents j that exist.

    arXiv:1706.03762, section 3.2; the bias is that of arXiv:2202.03772, equation 6.

    Args:
        heads: number of heads.
        width: of the output, a multiple of the number of heads.

    Call arguments: queries (B, S, F); values (B, T, F), also used for the keys; mask (B, T), true where real;
    bias (B, heads, S, T) or None.
    Returns: (B, S, width).
    """

    def __init__(self, heads: int, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.width = heads, width
        self.query, self.key, self.value, self.out = (
            keras.layers.Dense(width, dtype=self.dtype_policy) for _ in range(4)
        )

    def build(self, queries_shape: tuple[int | None, ...], values_shape: tuple[int | None, ...], **_: Any) -> None:
        """Create the matrices of queries, keys, values and outputs."""
        self.query.build(queries_shape)
        self.key.build(values_shape)
        self.value.build(values_shape)
        self.out.build((None, None, self.width))

    def call(self, queries: Tensor, values: Tensor, mask: Tensor, bias: Tensor | None = None) -> Tensor:
        """Return the attended value of each query."""
        q, k, v = self._split(self.query(queries)), self._split(self.key(values)), self._split(self.value(values))
        logits = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / (self.width // self.heads) ** 0.5
        # In single precision, so that the weights sum to one.
        logits = ops.cast(logits, "float32") + (0.0 if bias is None else ops.cast(bias, "float32"))
        weights = ops.softmax(ops.where(mask[:, None, None], logits, _MASKED), axis=-1)
        attended = ops.transpose(ops.matmul(ops.cast(weights, v.dtype), v), (0, 2, 1, 3))
        return self.out(ops.reshape(attended, (ops.shape(attended)[0], ops.shape(attended)[1], self.width)))

    def _split(self, values: Tensor) -> Tensor:
        """Return (B, S, width) as (B, heads, S, width / heads)."""
        shape = (ops.shape(values)[0], ops.shape(values)[1], self.heads, self.width // self.heads)
        return ops.transpose(ops.reshape(values, shape), (0, 2, 1, 3))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"heads": self.heads, "width": self.width}


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


@keras.saving.register_keras_serializable("tagwerk")
class Scale(keras.layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """Values (..., F) times learnt factors, initially one.

    The scales of NormFormer (arXiv:2110.09456): one factor per head, or one per feature of a shortcut.

    Args:
        factors: number of factors, each for F / factors consecutive features; one per feature by default.
    """

    def __init__(self, factors: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.factors = factors

    def build(self, values_shape: tuple[int | None, ...]) -> None:
        """Create the factors."""
        width = values_shape[-1]
        self.scale = self.add_weight(shape=(self.factors or width,), initializer="ones", name="scale")

    def call(self, values: Tensor) -> Tensor:
        """Return the scaled values."""
        scale = ops.cast(self.scale, values.dtype)
        return values * ops.repeat(scale, values.shape[-1] // scale.shape[0])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"factors": self.factors}


def self_attention(nodes: Tensor, mask: Tensor, heads: int, dropout: float, bias: Tensor | None = None) -> Tensor:
    """Return packed constituents (M + 1, F) after a block in which the constituents of a jet attend to one another.

    The block of the Particle Transformer (arXiv:2202.03772, figure 3b).

    Args:
        nodes: (M + 1, F), the real constituents of all jets, as `Pack` returns them.
        mask: (B, T), true where real.
        heads: of the attention.
        dropout: dropout rate of the branches that are added to shortcuts.
        bias: (B, heads, T, T) or None.
    """
    padded = Unpack()(layer_norm()(nodes), mask)
    attended = Attention(heads, nodes.shape[-1])(padded, padded, mask, bias)
    return _residual_block(nodes, Pack()(attended, mask), heads, dropout)


def class_attention(token: Tensor, nodes: Tensor, mask: Tensor, heads: int) -> Tensor:
    """Return a learnt vector (B, F) after a block in which it attends to itself and to the constituents.

    As arXiv:2202.03772, figure 3c, and its authors' code: without dropout, and the query is not normalised.

    Args:
        token: (B, F).
        nodes: (M + 1, F), the real constituents of all jets, as `Pack` returns them.
        mask: (B, T), true where real.
        heads: of the attention.
    """
    normalise = layer_norm()
    query = ops.expand_dims(token, 1)
    values = ops.concatenate([normalise(query), Unpack()(normalise(nodes), mask)], axis=1)
    real = ops.concatenate([ops.ones_like(mask[:, :1]), mask], axis=1)
    return _residual_block(token, Attention(heads, token.shape[-1])(query, values, real)[:, 0], heads, 0.0)


def _residual_block(shortcut: Tensor, attended: Tensor, heads: int, dropout: float) -> Tensor:
    """Return the rest of a block, scales and two dense layers, for vectors (..., F) and the output of attention."""
    layers, width = keras.layers, shortcut.shape[-1]
    values = shortcut + layers.Dropout(dropout)(layer_norm()(Scale(heads)(attended)))
    hidden = layers.Dense(4 * width, activation="gelu")(layer_norm()(values))
    hidden = layer_norm()(layers.Dropout(dropout)(hidden))
    return Scale()(values) + layers.Dropout(dropout)(layers.Dense(width)(hidden))
