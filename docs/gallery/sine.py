# %% [markdown]
# # Sequence to sequence: a sine curve
#
# A recurrent network can predict the next value of a sequence from those before. Here the sequences are sine curves of
# different frequency, phase and amplitude, with a little noise. The same network is used in three ways:
#
# - *many to one*: the value after the last of a sequence;
# - *many to many*: after every step, the value of the next one;
# - *generation*: its own prediction is the next input, again and again.

# %%
import os
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

import tagwerk as tw
from tagwerk.layers.recurrent_stack import Recurrent

SMALL = "GALLERY_SMALL" in os.environ  # a run of seconds, with worse figures
FIGURES = Path("results/gallery")
FIGURES.mkdir(parents=True, exist_ok=True)
CURVES, LENGTH, EPOCHS = (300, 30, 2) if SMALL else (4000, 60, 25)
NOISE = 0.02

keras.utils.set_random_seed(1)
random = np.random.default_rng(1)


def sines(count, length):
    """Return sine curves, (count, length)."""
    period, phase = random.uniform(10, 40, (count, 1)), random.uniform(0, 2 * np.pi, (count, 1))
    amplitude = random.uniform(0.5, 1.5, (count, 1))
    return amplitude * np.sin(2 * np.pi * np.arange(length) / period + phase)


# %% [markdown]
# The inputs are the noisy values, the target of each step is the next value of the curve itself.


# %%
def examples(count):
    """Return noisy curves, with the next value of the curve as target of each step, and the last one as target."""
    curves = sines(count, LENGTH + 1)
    noisy = curves[:, :-1] + random.normal(0, NOISE, (count, LENGTH))
    return tw.Sequences.of({"curve": noisy}, targets={"last": curves[:, -1]}, step_targets={"next": curves[:, 1:]})


training, validation = examples(CURVES), examples(CURVES // 4)

# %% [markdown]
# `Recurrent` returns a state per step by default, and the last one with `pooling="last"`. A dense layer on top of the
# steps has the same weights at every step. Its input is a sequence with its mask, since sequences may differ in length.


# %%
def network(pooling, output):
    """Return an LSTM with one output per sequence or per step."""
    curve, mask = keras.Input((None, 1), name="curve"), keras.Input((None,), dtype="bool", name="curve_mask")
    states = Recurrent("lstm", [32], pooling=pooling)(curve, mask)
    return keras.Model({"curve": curve, "curve_mask": mask}, {output: keras.layers.Dense(1)(states)})


settings = tw.TrainingSettings(learning_rate=5e-3, batch_size=64)
to_one, to_many = network("last", "last"), network("steps", "next")
mse = "mean_squared_error"
histories = {
    "many to one": tw.fit(to_one, training, validation, {"last": mse}, epochs=EPOCHS, settings=settings),
    "many to many": tw.fit(to_many, training, validation, {"next": mse}, epochs=EPOCHS, settings=settings),
}

# %% [markdown]
# Both see the same curves, but the second learns from a target at every step, and its error is the mean over all of
# them, also over the first, where nothing can be known. So compare both at the last step:

# %%
last = validation.targets_["last"]
error = {
    "many to one": np.sqrt(np.mean((tw.predict(to_one, validation)["last"][:, 0] - last) ** 2)),
    "many to many": np.sqrt(np.mean((np.asarray(tw.predict(to_many, validation)["next"][:, -1, 0]) - last) ** 2)),
    "last input": np.sqrt(np.mean((validation.steps["curve"].content.reshape(len(last), LENGTH)[:, -1] - last) ** 2)),
}
for name, value in error.items():
    print(f"{name:12s}  error of the last prediction: {value:.3f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for name, history in histories.items():
    left.plot(history.epoch, history.val_loss, label=name)
left.axhline(NOISE**2, color="grey", linestyle=":", label="variance of the noise")
left.set(xlabel="epoch", ylabel="mean squared error, validation", yscale="log")
left.legend()
predicted = np.asarray(tw.predict(to_many, validation)["next"])[..., 0]
truth = np.asarray(validation.step_targets["next"].content).reshape(predicted.shape)
right.plot(np.sqrt(np.mean((predicted - truth) ** 2, axis=0)))
right.set(xlabel="step", ylabel="root mean squared error of the next value", yscale="log")
figure.savefig(FIGURES / "sine_training.png", dpi=120)

# %% [markdown]
# ![Validation loss against the epoch, and the error of the next value against the step](../figures/gallery/sine_training.png)
#
# The error falls with the number of steps that have been seen: amplitude, period and phase become known.
#
# ## Generation
#
# From the first 20 values on, the network's own prediction is the next input. Errors feed back: the phase drifts slowly.

# %%
SEEN, GENERATED = (10, 10) if SMALL else (20, 100)
curves = sines(3, SEEN + GENERATED)
generated = curves[:, :SEEN]
for _ in range(GENERATED):
    following = tw.predict(to_many, tw.Sequences.of({"curve": generated}))["next"]
    generated = np.concatenate([generated, np.asarray(following[:, -1])], axis=1)

figure, rows = plt.subplots(3, 1, figsize=(11, 6), sharex=True, layout="constrained")
for row, curve, continued in zip(rows, curves, generated, strict=True):
    row.plot(curve, color="grey", linewidth=4, alpha=0.4, label="curve")
    row.plot(np.arange(SEEN), continued[:SEEN], color="black", label="given")
    row.plot(np.arange(SEEN, SEEN + GENERATED), continued[SEEN:], color="tab:red", label="generated")
rows[0].legend(ncols=3, loc="upper right")
rows[-1].set_xlabel("step")
figure.savefig(FIGURES / "sine_generated.png", dpi=120)

# %% [markdown]
# ![Three sine curves, their given beginning and what the network makes of it](../figures/gallery/sine_generated.png)
#
# The network was trained on 60 steps and generates 100: since its weights are the same at every step, it can go on for
# ever. What it has learned is the recursion of a sine, $x_{t+1} = 2\cos(\omega)\,x_t - x_{t-1}$, with a state that
# remembers $\omega$.
