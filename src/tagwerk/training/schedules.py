"""Optimizer and learning rate as a tagger's card asks for them."""

from collections.abc import Callable

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.cards.tagger import TrainingSettings

_LEAST = 0.01  # the share of the rate that an exponential schedule ends with


def optimizer(settings: TrainingSettings, steps: int) -> keras.optimizers.Optimizer:
    """Return AdamW (arXiv:1711.05101) for so many steps; in half precision with a loss scale that adapts itself."""
    rate = learning_rate(settings, steps)
    found = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, global_clipnorm=settings.gradient_clip)
    found.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "scale", "token"])
    return keras.optimizers.LossScaleOptimizer(found) if settings.precision == "mixed_float16" else found


def learning_rate(settings: TrainingSettings, steps: int) -> "WarmUp":
    """Return the rate at each of so many steps: it rises linearly, then falls as the schedule says."""
    warmup = int(settings.warmup * steps)
    peak, left = settings.learning_rate, max(steps - warmup, 1)
    kinds = keras.optimizers.schedules
    falling = {
        "cosine": lambda: kinds.CosineDecay(peak, left),
        "linear": lambda: kinds.PolynomialDecay(peak, left, end_learning_rate=0.0),
        "exponential": lambda: kinds.ExponentialDecay(peak, left, _LEAST),
        "constant": lambda: kinds.PolynomialDecay(peak, left, end_learning_rate=peak),
    }
    return WarmUp(peak, warmup, falling[settings.schedule]())


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no type stubs
    """A learning rate that rises linearly from zero to its peak in some steps, and then follows a schedule."""

    def __init__(self, peak: float, steps: int, after: Callable[[Tensor], Tensor]) -> None:
        self.peak, self.steps, self.after = peak, steps, after

    def __call__(self, step: Tensor) -> Tensor:
        """Return the rate at a step, counted from zero."""
        step = ops.cast(step, "float32")
        rising = self.peak * step / max(self.steps, 1)
        return ops.where(step < self.steps, rising, self.after(ops.maximum(step - self.steps, 0)))
