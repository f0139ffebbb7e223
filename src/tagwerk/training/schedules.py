"""Optimizer and learning-rate schedule from a tagger card."""

from collections.abc import Callable

import keras
from keras import ops

from tagwerk.arrays import Tensor
from tagwerk.cards.tagger import TrainingSettings

_NEVER = 1e9  # steps
_USUAL_EPOCHS = 20
_FINAL_SHARE = 0.01  # of the peak rate, at the end of an exponential schedule
_TIMED_STEPS = 100_000  # into which a training of limited time is divided


def optimizer(
    settings: TrainingSettings, rate: keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Return AdamW (arXiv:1711.05101) with this learning rate, and dynamic loss scaling in half precision."""
    adamw = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, global_clipnorm=settings.gradient_clip)
    adamw.exclude_from_weight_decay(var_names=["bias", "gamma", "beta", "scale", "token", "log_rates"])
    return keras.optimizers.LossScaleOptimizer(adamw) if settings.precision == "mixed_float16" else adamw


def learning_rate(settings: TrainingSettings, epochs: int, steps: int) -> "WarmUp":
    """Return the schedule over at most this many epochs of `steps` each: a linear warm-up, then the card's decay.

    That of `plateau` begins when it is told to (`Cooldown.start`), so its warm-up is a share of a usual training.
    """
    total = (_USUAL_EPOCHS if settings.schedule == "plateau" else epochs) * steps
    warmup = int(settings.warmup * total)
    peak, decay_steps = settings.learning_rate, max(total - warmup, 1)
    schedules = keras.optimizers.schedules
    decays: dict[str, Callable[[], Callable[[Tensor], Tensor]]] = {
        "cosine": lambda: schedules.CosineDecay(peak, decay_steps),
        "linear": lambda: schedules.PolynomialDecay(peak, decay_steps, end_learning_rate=0.0),
        "exponential": lambda: schedules.ExponentialDecay(peak, decay_steps, _FINAL_SHARE),
        "constant": lambda: schedules.PolynomialDecay(peak, decay_steps, end_learning_rate=peak),
        "plateau": lambda: Cooldown(peak, warmup),
    }
    return WarmUp(peak, warmup, decays[settings.schedule]())


class TimedSchedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no type stubs
    """The schedule of a training of limited time: it follows the time that is spent, however many steps that takes."""

    def __init__(self, settings: TrainingSettings) -> None:
        self._schedule = learning_rate(settings, 1, _TIMED_STEPS)
        self._step = keras.Variable(0.0, dtype="float32", trainable=False)

    def spend(self, share: float) -> None:
        """Continue at this share of the time."""
        self._step.assign(min(share, 1.0) * _TIMED_STEPS)

    def __call__(self, _: Tensor) -> Tensor:
        """Return the rate at the share of the time that was spent."""
        return self._schedule(ops.convert_to_tensor(self._step))


class Cooldown(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no type stubs
    """A constant learning rate that falls linearly to zero once it is told to.

    The schedule does not need the length of the training (Hägele et al., arXiv:2405.18392).

    Attributes:
        peak: the constant rate.
        offset: number of steps of the warm-up, which this schedule does not count.
    """

    def __init__(self, peak: float, offset: int = 0) -> None:
        self.peak, self.offset = peak, offset
        self._first = keras.Variable(_NEVER, dtype="float32", trainable=False)
        self._steps = keras.Variable(1.0, dtype="float32", trainable=False)

    def start(self, first: int, steps: int) -> None:
        """Let the rate fall to zero within `steps` steps from the `first` one of the training."""
        self._first.assign(first - self.offset)  # a sooner start cuts the warm-up short
        self._steps.assign(max(steps, 1))

    def __call__(self, step: Tensor) -> Tensor:
        """Return the rate at a step after the warm-up."""
        done = (ops.cast(step, "float32") - self._first) / self._steps
        return self.peak * (1 - ops.clip(done, 0.0, 1.0))


class WarmUp(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no type stubs
    """A learning rate that rises linearly from zero to its peak and then follows another schedule."""

    def __init__(self, peak: float, steps: int, decay: Callable[[Tensor], Tensor]) -> None:
        self.peak, self.steps, self.decay = peak, steps, decay

    def __call__(self, step: Tensor) -> Tensor:
        """Return the rate at a step, counted from zero."""
        step = ops.cast(step, "float32")
        warmup = self.peak * step / max(self.steps, 1)
        return ops.where(step < self.steps, warmup, self.decay(ops.maximum(step - self.steps, 0)))
