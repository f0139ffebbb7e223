"""Optimizer and learning-rate schedule from a tagger card."""

from collections.abc import Callable

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.cards.tagger import TrainingSettings

_FINAL_SHARE = 0.01  # of the peak rate, at the end of an exponential schedule


def optimizer(settings: TrainingSettings, steps: int) -> keras.optimizers.Optimizer:
    """Return AdamW (arXiv:1711.05101) for this many steps, with dynamic loss scaling in half precision."""
    rate = learning_rate(settings, steps)
    adamw = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, global_clipnorm=settings.gradient_clip)
    adamw.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "scale", "token", "log_rates"])
    return keras.optimizers.LossScaleOptimizer(adamw) if settings.precision == "mixed_float16" else adamw


def learning_rate(settings: TrainingSettings, steps: int) -> "WarmUp":
    """Return the schedule over this many steps: a linear warm-up, then the decay that the card names."""
    warmup = int(settings.warmup * steps)
    peak, decay_steps = settings.learning_rate, max(steps - warmup, 1)
    schedules = keras.optimizers.schedules
    decays = {
        "cosine": lambda: schedules.CosineDecay(peak, decay_steps),
        "linear": lambda: schedules.PolynomialDecay(peak, decay_steps, end_learning_rate=0.0),
        "exponential": lambda: schedules.ExponentialDecay(peak, decay_steps, _FINAL_SHARE),
        "constant": lambda: schedules.PolynomialDecay(peak, decay_steps, end_learning_rate=peak),
    }
    return WarmUp(peak, warmup, decays[settings.schedule]())


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no type stubs
    """A learning rate that rises linearly from zero to its peak and then follows another schedule."""

    def __init__(self, peak: float, steps: int, decay: Callable[[Tensor], Tensor]) -> None:
        self.peak, self.steps, self.decay = peak, steps, decay

    def __call__(self, step: Tensor) -> Tensor:
        """Return the rate at a step, counted from zero."""
        step = ops.cast(step, "float32")
        warmup = self.peak * step / max(self.steps, 1)
        return ops.where(step < self.steps, warmup, self.decay(ops.maximum(step - self.steps, 0)))
