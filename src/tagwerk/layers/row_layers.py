"""Stacked layers that act on each constituent alone."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.layers.explicit_mask import Uncast
from tagwerk.layers.normalisation import layer_norm
from tagwerk.layers.row_steps import ActivationStep, DenseStep, DropoutStep, NormStep, RowStep, ScaleStep, apply_steps

Description = tuple[Any, ...]


@keras.saving.register_keras_serializable("tagwerk")
class RowLayers(Uncast):
    """Layers that act on each row alone, one after the other.

    Args:
        steps: the layers in order: `("norm",)`, a layer normalisation; `("dense", width)`; `("relu",)` or `("gelu",)`;
            `("dropout", rate)`; `("scale", factors)`, learnt factors, initially one, each for F / factors consecutive
            columns, as in NormFormer (arXiv:2110.09456).

    Call arguments: rows (N, F).
    Returns: (N, last width).
    """

    def __init__(self, steps: Sequence[Description], **options: Any) -> None:
        super().__init__(**options)
        self.steps = [tuple(step) for step in steps]
        self.sublayers: list[Any] = [self._sublayer(*step) for step in self.steps]

    def _sublayer(self, kind: str, value: Any = None) -> Any:
        if kind == "norm":
            return layer_norm(dtype=self.dtype_policy)
        if kind == "dense":
            return keras.layers.Dense(value, dtype=self.dtype_policy)
        return keras.layers.Dropout(value, dtype=self.dtype_policy) if kind == "dropout" else None

    def build(self, rows_shape: tuple[int | None, ...]) -> None:
        """Create the weights of all layers."""
        width = rows_shape[-1]
        for index, (kind, *value) in enumerate(self.steps):
            if kind == "scale":
                shape, name = (int(value[0]),), f"scale_{index}"
                self.sublayers[index] = self.add_weight(shape=shape, initializer="ones", name=name)
            elif self.sublayers[index] is not None:
                self.sublayers[index].build((None, width))
            width = int(value[0]) if kind == "dense" else width

    def compute_output_shape(self, rows_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        widths = [int(value[0]) for kind, *value in self.steps if kind == "dense"]
        return (*rows_shape[:-1], widths[-1] if widths else rows_shape[-1])

    def call(self, rows: Tensor, training: bool = False) -> Tensor:
        """Return the outputs of the last layer."""
        width, steps = rows.shape[-1], list[RowStep]()
        for (kind, *_), layer in zip(self.steps, self.sublayers, strict=True):
            if kind == "dense":
                steps.append(DenseStep(layer.kernel, layer.bias))
                width = layer.units
            elif kind == "norm":
                steps.append(NormStep(layer))
            elif kind == "dropout":
                steps.append(DropoutStep(layer))
            elif kind == "scale":
                steps.append(ScaleStep(ops.repeat(ops.convert_to_tensor(layer), width // layer.shape[0])))
            else:
                steps.append(ActivationStep(kind))
        return apply_steps(steps, rows, training, self.dtype_policy)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return dict(super().get_config()) | {"steps": self.steps}


def dense_steps(widths: Sequence[int], activation: str) -> list[Description]:
    """Return the steps of dense layers of these widths, each with this activation."""
    return [step for width in widths for step in (("dense", width), (activation,))]
