# %% [markdown]
# # Sequence to sequence: a sine curve
#
# A recurrent network can predict the next value of a sequence from those before. Here the sequences are sine curves of
# different amplitude, period and phase, with a little noise. Three networks are compared, and one is used once more:
#
# - *one to one*: the next value from the current one alone, without recurrence;
# - *many to one*: the value after the last of a sequence;
# - *many to many*: after every step, the value of the next one;
# - *generation*: the prediction of the last network is its next input, again and again.
#
# Nothing here is a jet: `tw.Sequences`, `tw.fit` and `tw.predict` take any sequences.

# %%
import os
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

import tagwerk as tw
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.training.network import prepare

SMALL = "GALLERY_SMALL" in os.environ  # a run of seconds, with worse figures
FIGURES = Path("results/gallery")
FIGURES.mkdir(parents=True, exist_ok=True)
CURVES, LENGTH, EPOCHS = (300, 30, 2) if SMALL else (4000, 60, 40)
NOISE = 0.02

prepare(seed=1, threads=1)
random = np.random.default_rng(1)


def sines(count, length):
    """Return sine curves, (count, length), and their amplitudes, periods and phases, (count, 3)."""
    low, high = (0.5, 10, 0), (1.5, 40, 2 * np.pi)
    parameters = random.uniform(low, high, (count, 3))
    return curve(parameters, length), parameters


def curve(parameters, length):
    """Return the sine curves of these amplitudes, periods (in steps) and phases."""
    amplitude, period, phase = parameters.T[..., None]
    return amplitude * np.sin(2 * np.pi * np.arange(length) / period + phase)


# %% [markdown]
# The inputs are the noisy values. The target of each step is the next value of the curve itself, without noise.


# %%
def examples(count):
    """Return noisy curves with their targets, and the curves' parameters."""
    curves, parameters = sines(count, LENGTH + 1)
    noisy = curves[:, :-1] + random.normal(0, NOISE, (count, LENGTH))
    targets = {"targets": {"last": curves[:, -1]}, "step_targets": {"next": curves[:, 1:]}}
    return tw.Sequences.of({"curve": noisy}, **targets), parameters


(training, _), (validation, parameters) = examples(CURVES), examples(CURVES // 4)

# %% [markdown]
# `Recurrent` returns the state after each step by default, and the last one with `pooling="last"`. A dense layer on top
# of the steps has the same weights at every step. The mask says which steps are real, since sequences may differ in
# length; here, all are.


# %%
def network(layer, output):
    """Return a network with one output per sequence or per step."""
    values, mask = keras.Input((None, 1), name="curve"), keras.Input((None,), dtype="bool", name="curve_mask")
    return keras.Model({"curve": values, "curve_mask": mask}, {output: keras.layers.Dense(1)(layer(values, mask))})


def dense(values, _):
    """Return one vector per step, from its value alone."""
    return keras.layers.Dense(48, activation="tanh")(values)


networks = {
    "one to one": (network(dense, "next"), "next"),
    "many to one": (network(Recurrent("lstm", [48], pooling="last"), "last"), "last"),
    "many to many": (network(Recurrent("lstm", [48]), "next"), "next"),
}
settings = tw.TrainingSettings(learning_rate=5e-3, batch_size=64)
histories = {
    name: tw.fit(model, training, validation, {output: "mean_squared_error"}, epochs=EPOCHS, settings=settings)
    for name, (model, output) in networks.items()
}

# %% [markdown]
# How good could a prediction be? With noise of variance $\sigma^2$ and derivatives $J$ of the values that have been
# seen with respect to amplitude, period and phase, no unbiased prediction of the next value, whose derivatives are $g$,
# has a smaller variance than $\sigma^2\, g\,(J^T J)^{-1} g^T$, the Cramér-Rao bound.


# %%
def least_error(seen):
    """Return the bound on the root mean squared error of the next value after some number of steps."""
    shifts = 1e-4 * np.eye(3)
    derivatives = [(curve(parameters + d, seen + 1) - curve(parameters - d, seen + 1)) / 2e-4 for d in shifts]
    jacobian = np.stack(derivatives, axis=2)
    past, following = jacobian[:, :-1], jacobian[:, -1]
    covariance = np.linalg.inv(np.swapaxes(past, 1, 2) @ past)
    return NOISE * np.sqrt(np.mean(np.einsum("ni,nij,nj->n", following, covariance, following)))


def error_per_step(model):
    """Return the root mean squared error of the next value after each step."""
    predicted = np.asarray(tw.predict(model, validation)["next"])[..., 0]
    return np.sqrt(np.mean((predicted - curve(parameters, LENGTH + 1)[:, 1:]) ** 2, axis=0))


errors = {name: error_per_step(model) for name, (model, output) in networks.items() if output == "next"}
last = tw.predict(networks["many to one"][0], validation)["last"][:, 0]
error_of_last = np.sqrt(np.mean((last - validation.targets_["last"]) ** 2))
print(f"error of the value after {LENGTH} steps, root mean squared")
print(f"one to one    {errors['one to one'][-1]:.4f}")
print(f"many to one   {error_of_last:.4f}")
print(f"many to many  {errors['many to many'][-1]:.4f}")
print(f"Cramér-Rao    {least_error(LENGTH):.4f}, with noise of {NOISE}")
assert SMALL or errors["many to many"][-1] < errors["one to one"][-1] / 3

# %%
COLORS = {"one to one": "tab:green", "many to one": "tab:orange", "many to many": "tab:blue"}
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for name, history in histories.items():
    left.plot(history.epoch, history.val_loss, color=COLORS[name], label=name)
left.set(xlabel="epoch", ylabel="mean squared error, validation", yscale="log")
left.legend()
for name, error in errors.items():
    right.plot(np.arange(LENGTH) + 1, error, color=COLORS[name], label=name)
right.plot(LENGTH, error_of_last, "o", color=COLORS["many to one"], label="many to one")
bound = np.arange(8, LENGTH + 1)
right.plot(bound, [least_error(seen) for seen in bound], color="grey", linestyle=":", label="Cramér-Rao bound")
right.set(xlabel="steps seen", ylabel="error of the next value (RMS)", yscale="log")
right.legend()
figure.savefig(FIGURES / "sine_training.png", dpi=100)

# %% [markdown]
# ![Validation loss by epoch, and error of the next value by step](../figures/gallery/sine_training.png)
#
# | network | error after 60 steps |
# |---|---|
# | one to one | 0.2287 |
# | many to one | 0.0143 |
# | many to many | 0.0204 |
# | Cramér-Rao bound | 0.0060 |
#
# One value does not say whether the curve rises or falls, so *one to one* learns no more after the first epochs. The
# recurrent networks know the curve better with every step. At the last step, *many to one* is better than *many to
# many*, whose states must serve a prediction at every step. Both are far from the bound: the formula of the curve is
# worth more than 4000 examples of it.
#
# ## Generation
#
# From the first 20 values on, the network's own prediction is its next input.

# %%
SEEN, GENERATED = (10, 10) if SMALL else (20, 100)
truth = curve(np.array([[0.8, 36, 1.0], [0.6, 12, 5.0], [1.2, 24, 3.0]]), SEEN + GENERATED)
generated = truth[:, :SEEN]
for _ in range(GENERATED):
    following = tw.predict(networks["many to many"][0], tw.Sequences.of({"curve": generated}))["next"]
    generated = np.concatenate([generated, np.asarray(following[:, -1])], axis=1)

figure, rows = plt.subplots(3, 1, figsize=(11, 6), sharex=True, layout="constrained")
for row, each, continued in zip(rows, truth, generated, strict=True):
    row.plot(each, color="grey", linewidth=4, alpha=0.4, label="curve")
    row.plot(np.arange(SEEN), continued[:SEEN], color="black", label="given")
    row.plot(np.arange(SEEN, SEEN + GENERATED), continued[SEEN:], color="tab:red", label="generated")
    row.set_ylabel("value")
rows[0].legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
rows[-1].set_xlabel("step")
figure.savefig(FIGURES / "sine_generated.png", dpi=90)

# %% [markdown]
# ![Three sine curves, their given beginning and what is generated](../figures/gallery/sine_generated.png)
#
# Errors feed back: the phase drifts, and the curve with the shortest period loses its amplitude. A sine obeys a
# recursion, $x_{t+1} = 2\cos(\omega)\,x_t - x_{t-1}$, which could be continued for ever; what the network has learned
# is close to it, and not the same.
