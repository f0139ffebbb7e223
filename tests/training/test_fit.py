"""Models of sequences that are no jets: targets per sequence and per step, regression and classes."""

from dataclasses import replace

import awkward as ak
import numpy as np
import pytest

import tagwerk as tw
from tagwerk.cards.tagger import TrainingSettings

pytestmark = pytest.mark.usefixtures("tensorflow")


@pytest.fixture
def walks():
    """300 sequences of 1 to 12 random numbers; their sum, whether it is positive, and the running sum."""
    random = np.random.default_rng(5)
    steps = [random.normal(0, 1, random.integers(1, 13)) for _ in range(300)]
    total = np.array([each.sum() for each in steps])
    return tw.Sequences.of(
        {"walk": steps},
        fixed={"bias": np.ones(300)},
        targets={"total": total, "positive": (total > 0).astype(int)},
        step_targets={"running": [np.cumsum(each) for each in steps]},
    )


def model(outputs):
    import keras

    from tagwerk.layers.recurrent_stack import Recurrent

    keras.utils.set_random_seed(1)
    inputs = {
        "walk": keras.Input((None, 1), name="walk"),
        "walk_mask": keras.Input((None,), dtype="bool", name="walk_mask"),
        "bias": keras.Input((1,), name="bias"),
    }
    steps = Recurrent("gru", [16])(inputs["walk"], inputs["walk_mask"])
    last = Recurrent("gru", [16], pooling="last")(inputs["walk"], inputs["walk_mask"])
    last = keras.layers.Concatenate()([last, inputs["bias"]])
    layers = {
        "total": lambda: keras.layers.Dense(1)(last),
        "positive": lambda: keras.layers.Dense(2, activation="softmax")(last),
        "running": lambda: keras.layers.Dense(1)(steps),
    }
    return keras.Model(inputs, {name: layers[name]() for name in outputs})


LOSSES = {"total": "mean_squared_error", "positive": "sparse_categorical_crossentropy", "running": "mean_squared_error"}


def loss_by_hand(outputs, walks, name):
    if name == "running":
        lists = walks.step_targets[name]
        return ak.mean(ak.mean((outputs[name][..., 0] - ak.unflatten(lists.content[:, 0], lists.counts)) ** 2, axis=1))
    target = walks.targets_[name]
    if name == "total":
        return np.mean((outputs[name][:, 0] - target) ** 2)
    return np.mean(-np.log(outputs[name][np.arange(300), target]))


@pytest.mark.parametrize("names", [[name] for name in LOSSES] + [list(LOSSES)])
def test_the_first_loss_is_that_by_hand_and_training_lowers_it(walks, names):
    network, losses = model(names), {name: LOSSES[name] for name in names}
    before = tw.predict(network, walks)
    expected = sum(loss_by_hand(before, walks, name) for name in names)
    still = TrainingSettings(learning_rate=1e-12, schedule="constant", warmup=0, batch_size=64)
    history = tw.fit(network, walks, walks, losses, epochs=1, settings=still)
    assert history.val_loss[0] == pytest.approx(expected, rel=1e-4)
    learning = TrainingSettings(learning_rate=0.01, batch_size=32)
    history = tw.fit(network, walks, walks, losses, epochs=15, settings=learning)
    assert history.val_loss.min() < 0.3 * expected
    after = tw.predict(network, walks)
    assert sum(loss_by_hand(after, walks, name) for name in names) == pytest.approx(history.val_loss.min(), rel=1e-3)


def test_predictions_are_in_the_order_of_the_examples_whatever_the_length(walks):
    network = model(LOSSES)
    together = tw.predict(network, walks)
    for row in (0, 7, 299):
        alone = tw.predict(network, walks.take(np.array([row])))
        for name in LOSSES:
            np.testing.assert_allclose(ak.to_numpy(alone[name])[0], ak.to_numpy(together[name][row]), atol=1e-5)


@pytest.mark.parametrize("steps", [np.ones((4, 3)), np.ones((4, 3, 2)), ak.Array([[1.0], [], [2.0, 3.0], [4.0]])])
def test_steps_are_arrays_lists_or_awkward_arrays(steps):
    sequences = tw.Sequences.of({"x": steps})
    listed = tw.Sequences.of({"x": [ak.to_numpy(each) for each in steps]})
    rows = np.arange(4)
    for name, values in sequences.inputs(rows, 3).items():
        np.testing.assert_array_equal(values, listed.inputs(rows, 3)[name])


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({}, "'steps' is empty; give one sequence at least"),
        ({"x": np.ones(3)}, "'x' has 3 numbers; give examples of several steps, such as (N, T)"),
        ({"x": np.ones((3, 2, 2, 2))}, "'x' has steps of shape (2, 2); give numbers or vectors"),
        ({"x": [np.ones(2), np.ones((2, 3))]}, "'x' has steps of shapes [(), (3,)]; give all the same"),
        ({"x": [["a", "b"]]}, "'x' has values of type <U1; give real numbers, none of them missing"),
        ({"x": np.ones((3, 2), complex)}, "'x' has values of type complex128; give real numbers, none of them missing"),
        ({"x": [[1.0, None]]}, "'x' has values of type object; give real numbers, none of them missing"),
        ({"x": ak.Array([[1.0, None], [2.0]])}, "'x' has missing values; fill or drop them"),
        ({"x": np.ma.masked_less(np.ones((3, 2)), 2)}, "'x' has missing values; fill or drop them"),
        (
            {"x": ak.Array([[[1.0], [1.0, 2.0]]])},
            "'x' has lists of different lengths where vectors must be; give regular",
        ),
        ({"x": [[1.0]], "x_mask": [[1.0]]}, "'x_mask' is the name of two inputs; give each its own"),
    ],
)
def test_steps_that_are_none_are_refused(steps, message):
    with pytest.raises(tw.UserError) as error:
        tw.Sequences.of(steps)
    assert str(error.value).startswith(message)


def test_targets_and_weights_must_be_numbers_too():
    for targets, name in (({"y": ["a"]}, "y"), ({"y": np.ma.masked_all(1)}, "y")):
        with pytest.raises(tw.UserError, match=f"^'{name}' has "):
            tw.Sequences.of({"x": [[1.0]]}, targets=targets)
    with pytest.raises(tw.UserError, match=r"^'weights' has values of type <U1; give real numbers"):
        tw.Sequences.of({"x": [[1.0]]}, weights=["a"])
    with pytest.raises(tw.UserError, match=r"^'y' is the name of two targets; give each its own$"):
        tw.Sequences.of({"x": [[1.0]]}, targets={"y": [1]}, step_targets={"y": [[1]]})


def test_no_examples_are_possible_but_nothing_is_fitted_to_them(walks):
    assert len(tw.Sequences.of({"x": []})) == 0
    none, losses = walks.take(np.arange(0)), {"total": "mean_squared_error"}
    with pytest.raises(tw.UserError, match=r"^'sequences' has no examples; give one at least$"):
        tw.fit(model(["total"]), none, walks, losses)
    with pytest.raises(tw.UserError, match=r"^'validation' has no examples; give one at least$"):
        tw.fit(model(["total"]), walks, none, losses)
    with pytest.raises(tw.UserError, match=r"^'sequences' has no examples; give one at least$"):
        tw.predict(model(["total"]), none)


def test_a_model_that_takes_other_inputs_is_refused(walks):
    import keras

    losses, wide = {"total": "mean_squared_error"}, [np.ones((2, 3))]
    names = r"\['x', 'x_mask'\], the model \['bias', 'walk', 'walk_mask'\]; name them equally$"
    with pytest.raises(tw.UserError, match=rf"^'sequences' has the inputs {names}"):
        tw.fit(model(["total"]), tw.Sequences.of({"x": wide}), walks, losses)
    with pytest.raises(tw.UserError, match=rf"^'sequences' has the inputs {names}"):
        tw.predict(model(["total"]), tw.Sequences.of({"x": wide}))
    other = tw.Sequences.of({"walk": wide}, fixed={"bias": np.ones(1)}, targets={"total": np.ones(1)})
    shapes = r"shape \(None, None, 3\), but the model takes \(None, None, 1\); change one of them$"
    with pytest.raises(tw.UserError, match=rf"^input 'walk' of 'validation' has {shapes}"):
        tw.fit(model(["total"]), walks, other, losses)
    layers = keras.Sequential([keras.Input((None, 1)), keras.layers.Dense(1)])
    with pytest.raises(tw.UserError, match=r"^the model has no dictionaries of inputs and outputs; build it as keras"):
        tw.fit(layers, walks, walks, losses)


def test_wrong_arrays_and_losses_are_named(walks):
    steps = [np.ones(3), np.ones(2)]
    with pytest.raises(tw.UserError, match=r"^'y' has 3 examples, 'x' 2; give as many of each$"):
        tw.Sequences.of({"x": steps}, targets={"y": np.ones(3)})
    with pytest.raises(tw.UserError, match=r"^'y' has other lengths than every sequence; give one target per step$"):
        tw.Sequences.of({"x": steps}, step_targets={"y": [np.ones(3), np.ones(3)]})
    network, squares = model(["total"]), "mean_squared_error"
    with pytest.raises(tw.UserError, match=r"^'sum' of 'losses' is not both an output and a target; known are \['tot"):
        tw.fit(network, walks, walks, {"sum": squares})
    with pytest.raises(tw.UserError, match=r"^'losses' is empty; give that of one output at least$"):
        tw.fit(network, walks, walks, {})
    with pytest.raises(tw.UserError, match=r"^'total' of 'losses': Keras has no loss 'squares'; give one of its names"):
        tw.fit(network, walks, walks, {"total": "squares"})
    with pytest.raises(tw.UserError, match=r"^'validation' has no target 'total'; known are \[\]$"):
        tw.fit(network, walks, replace(walks, targets_={}, step_targets={}), {"total": squares})


def test_training_ends_with_its_time_and_so_does_the_learning_rate(walks):
    settings = TrainingSettings(learning_rate=0.01, warmup=0, patience=10**6, batch_size=8)
    history = tw.fit(model(["total"]), walks, walks, {"total": "mean_squared_error"}, seconds=6, settings=settings)
    assert len(history) > 1
    assert history.seconds.iloc[:-1].sum() < 6 <= history.seconds.sum()
    assert all(history.examples.iloc[:-1] == len(walks))
    assert 0 < history.examples.iloc[-1] <= len(walks)
    assert all(np.diff(history.learning_rate) <= 0)
    assert history.learning_rate.iloc[-1] < 1e-4
    assert history.val_loss.iloc[-1] < history.val_loss[0]


def test_epochs_and_patience_end_a_training_before_its_time(walks):
    losses, settings = {"total": "mean_squared_error"}, TrainingSettings(learning_rate=1e-12, patience=0)
    assert len(tw.fit(model(["total"]), walks, walks, losses, epochs=2, seconds=10**6)) == 2
    assert len(tw.fit(model(["total"]), walks, walks, losses, seconds=10**6, settings=settings)) < 10


def test_an_epoch_is_a_random_part_of_the_examples(walks, monkeypatch):
    from tagwerk.training.train_step import Steps

    seen, train_on_batch = [], Steps.train_on_batch
    monkeypatch.setattr(Steps, "train_on_batch", lambda self, batch: (
        seen.append(batch.targets()["total"]), train_on_batch(self, batch))[1])  # fmt: skip
    settings = TrainingSettings(batch_size=25)
    tw.fit(model(["total"]), walks, walks, {"total": "mean_squared_error"}, epochs=2, epoch_size=100, settings=settings)
    first, second = np.split(np.concatenate(seen), 2)
    assert len(first) == len(np.unique(first)) == len(np.unique(second)) == 100
    assert not np.isin(second, first).all()
    seen.clear()
    tw.fit(model(["total"]), walks, walks, {"total": "mean_squared_error"}, epochs=1, epoch_size=10**6)
    assert sorted(np.concatenate(seen)) == sorted(walks.targets_["total"])


@pytest.mark.parametrize(("name", "value"), [("seconds", 0), ("seconds", -1.5), ("epoch_size", 0), ("epochs", 0)])
def test_no_time_and_no_examples_are_refused(walks, name, value):
    with pytest.raises(tw.UserError, match=rf"^'{name}' is {value}; give a positive number$"):
        tw.fit(model(["total"]), walks, walks, {"total": "mean_squared_error"}, **{name: value})


def test_a_schedule_that_waits_for_a_plateau_has_no_end_in_time(walks):
    with pytest.raises(tw.UserError, match=r"^'seconds' needs a schedule that ends with the time, not 'plateau'; choo"):
        tw.fit(model(["total"]), walks, walks, {"total": "mean_squared_error"}, seconds=1,
               settings=TrainingSettings(schedule="plateau"))  # fmt: skip


def test_a_value_that_is_not_finite_is_named(walks):
    walks.steps["walk"].content[walks.steps["walk"].starts[4], 0] = np.nan
    with pytest.raises(tw.UserError, match=r"of epoch 1: 'walk\[0\]' of example 4 is not finite; correct or exclude"):
        tw.fit(model(["total"]), walks, walks, {"total": "mean_squared_error"}, epochs=1)


def test_more_examples_follow_the_first(walks):
    joined, every = walks.take(np.array([5, 3])).with_more(walks.take(np.array([9]))), np.arange(3)
    expected = walks.take(np.array([5, 3, 9]))
    for name, values in (expected.inputs(every, 12) | expected.targets(every, 12)).items():
        np.testing.assert_array_equal((joined.inputs(every, 12) | joined.targets(every, 12))[name], values)
