import numpy as np
import pytest

from tagwerk.cards.tagger import Training

pytestmark = pytest.mark.usefixtures("tensorflow")

PEAK, STEPS = 0.01, 100


def rates(schedule, warmup=0.2):
    from tagwerk.training.schedules import learning_rate

    settings = Training(learning_rate=PEAK, warmup=warmup, schedule=schedule)
    rate = learning_rate(settings, STEPS)
    return np.array([float(rate(step)) for step in range(STEPS + 1)])


def left(warmup=20):
    """What is done of the fall, from zero to one, at each step after the warm-up."""
    return np.arange(STEPS - warmup + 1) / (STEPS - warmup)


FALLS = {
    "cosine": lambda done: 0.5 * (1 + np.cos(np.pi * done)),
    "linear": lambda done: 1 - done,
    "exponential": lambda done: 0.01**done,
    "constant": lambda done: np.ones_like(done),
}


@pytest.mark.parametrize("schedule", FALLS)
def test_the_rate_rises_linearly_and_then_falls_as_the_schedule_says(schedule):
    found = rates(schedule)
    assert found[:20] == pytest.approx(PEAK * np.arange(20) / 20, rel=1e-5)
    assert found[20:] == pytest.approx(PEAK * FALLS[schedule](left()), rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("schedule", FALLS)
def test_without_a_warm_up_the_first_step_has_the_highest_rate(schedule):
    assert rates(schedule, 0) == pytest.approx(PEAK * FALLS[schedule](left(0)), rel=1e-4, abs=1e-8)


def test_half_precision_has_a_loss_scale():
    import keras

    from tagwerk.training.schedules import optimizer

    found = {precision: optimizer(Training(precision=precision), 10)
             for precision in ("float32", "mixed_bfloat16", "mixed_float16")}  # fmt: skip
    scaled = [name for name, each in found.items() if isinstance(each, keras.optimizers.LossScaleOptimizer)]
    assert scaled == ["mixed_float16"]
