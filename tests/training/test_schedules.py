import numpy as np
import pytest

from tagwerk.cards.tagger import TrainingSettings

pytestmark = pytest.mark.usefixtures("tensorflow")

PEAK, STEPS = 0.01, 100


def rates(schedule, warmup=0.2):
    from tagwerk.training.schedules import learning_rate

    settings = TrainingSettings(learning_rate=PEAK, warmup=warmup, schedule=schedule)
    rate = learning_rate(settings, 10, STEPS // 10)
    return np.array([float(rate(step)) for step in range(STEPS + 1)])


def fraction_done(warmup=20):
    """The fraction of the decay done at each step after the warm-up."""
    return np.arange(STEPS - warmup + 1) / (STEPS - warmup)


DECAYS = {
    "cosine": lambda done: 0.5 * (1 + np.cos(np.pi * done)),
    "linear": lambda done: 1 - done,
    "exponential": lambda done: 0.01**done,
    "constant": lambda done: np.ones_like(done),
}


@pytest.mark.parametrize("schedule", DECAYS)
def test_the_rate_rises_linearly_and_then_decays_by_the_schedule(schedule):
    rate = rates(schedule)
    assert rate[:20] == pytest.approx(PEAK * np.arange(20) / 20, rel=1e-5)
    assert rate[20:] == pytest.approx(PEAK * DECAYS[schedule](fraction_done()), rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("schedule", DECAYS)
def test_without_a_warm_up_the_first_step_has_the_highest_rate(schedule):
    assert rates(schedule, 0) == pytest.approx(PEAK * DECAYS[schedule](fraction_done(0)), rel=1e-4, abs=1e-8)


def test_on_a_plateau_the_rate_is_constant_until_it_is_told_to_fall():
    from tagwerk.training.schedules import learning_rate

    settings = TrainingSettings(learning_rate=PEAK, warmup=0.1, schedule="plateau")
    rate = learning_rate(settings, 1000, 5)  # 2 of 20 epochs of 5 steps
    assert [float(rate(step)) for step in (0, 5, 10, 4999)] == pytest.approx([0, PEAK / 2, PEAK, PEAK])
    rate.decay.start(50, 20)
    assert [float(rate(step)) for step in (49, 50, 55, 70, 90)] == pytest.approx([PEAK, PEAK, 0.75 * PEAK, 0, 0])


@pytest.mark.parametrize("schedule", DECAYS)
def test_in_limited_time_the_rate_follows_the_time_and_not_the_steps(schedule):
    from tagwerk.training.schedules import TimedSchedule

    rate = TimedSchedule(TrainingSettings(learning_rate=PEAK, warmup=0.2, schedule=schedule))
    expected = rates(schedule)
    for share in (0.5, 0, 0.1, 0.2, 0.75, 1):
        rate.spend(share)
        for step in (0, 7, 10**9):
            assert float(rate(step)) == pytest.approx(expected[round(STEPS * share)], rel=1e-3, abs=1e-8)
    rate.spend(1.5)
    assert float(rate(0)) == pytest.approx(expected[-1], rel=1e-3, abs=1e-8)


def test_half_precision_has_a_loss_scale():
    import keras

    from tagwerk.training.schedules import optimizer

    optimizers = {precision: optimizer(TrainingSettings(precision=precision), 1e-3)
                  for precision in ("float32", "mixed_bfloat16", "mixed_float16")}  # fmt: skip
    scaled = [name for name, each in optimizers.items() if isinstance(each, keras.optimizers.LossScaleOptimizer)]
    assert scaled == ["mixed_float16"]


def test_weights_decay_and_biases_normalisation_and_class_tokens_do_not():
    import keras

    from tagwerk.layers.attention import ClassToken
    from tagwerk.layers.edge_conv import EdgeConv
    from tagwerk.layers.row_layers import RowLayers
    from tagwerk.training.schedules import optimizer

    steps = RowLayers([("norm",), ("scale", 2), ("dense", 3)])
    layers = [keras.layers.Dense(2), keras.layers.LayerNormalization(), steps, EdgeConv([3], 2), ClassToken(4)]
    for layer, shapes in zip(layers, [1, 1, 1, 2, 1], strict=True):
        layer.build(*[(None, None, 4)] * shapes)
    weights = [weight for layer in layers for weight in layer.trainable_weights]
    for weight in weights:
        weight.assign(np.ones(weight.shape))
    adamw = optimizer(TrainingSettings(weight_decay=0.5), 0.1)
    adamw.build(weights)
    adamw.apply([np.zeros(weight.shape, "float32") for weight in weights], weights)
    decayed = {weight.name for weight in weights if np.asarray(weight).max() < 1}
    assert decayed == {"kernel"}
    assert {"bias", "gamma", "beta", "scale_1", "token"} <= {weight.name for weight in weights} - decayed
