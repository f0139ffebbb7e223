# %% [markdown]
# # Variable length
#
# A jet has as many constituents as it has, and a batch is an array. There are four ways out:
#
# - *padding*: every jet is filled with zeros to the same length, and the network reads the zeros as constituents;
# - *masking*: the same, with a mask that makes the layers skip the padding, after it has been computed;
# - *packing*: only real constituents are computed; `Recurrent` and all other layers of the taggers do that;
# - *buckets*: a batch has jets of similar length, so that there is little to pad.
#
# What does each cost, and how well does a network learn with it? This page needs the jets of `make demo`.

# %%
import json
import os
from pathlib import Path
from time import process_time

import awkward as ak
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score

import tagwerk as tw
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.training.network import prepare

SMALL = "GALLERY_SMALL" in os.environ  # a run of seconds, with worse figures
JETS, TIMED, EPOCHS, SEEDS = (200, 130, 1, 1) if SMALL else (6000, 1280, 6, 2)
BATCH, UNITS = 128, 64
FIGURES = Path("results/gallery")
FIGURES.mkdir(parents=True, exist_ok=True)
PARTS = sorted(Path("results/datasets/top/jets").glob("*_000[0-3]"))
FEATURES = {"log_pt_share": 4, "log_pt": 4, "delta_eta": 0.3, "delta_phi": 0.3, "delta_r": 0.3}

prepare(seed=1, threads=1)
random = np.random.default_rng(1)


def jets(piece, count):
    """Return features of jets' constituents, divided by constants, (N, var, F), and the jets' classes."""
    records = ak.concatenate([tw.read_records(part, piece) for part in PARTS])
    records = records[random.permutation(len(records))[:count]]
    features = tw.constituent_features(records, list(FEATURES)) / np.array([[list(FEATURES.values())]])
    return features, records.label.to_numpy()


(features, labels), validation, test = jets("train", JETS), jets("validation", JETS // 4), jets("test", JETS // 2)
counts = ak.num(features).to_numpy()
LENGTH = int(max(counts.max(), ak.max(ak.num(validation[0])), ak.max(ak.num(test[0]))))

# %% [markdown]
# ## How much of a batch is padding?

# %%
in_random_order = counts[: len(counts) // BATCH * BATCH].reshape(-1, BATCH)
by_length = np.sort(counts)[: len(counts) // BATCH * BATCH].reshape(-1, BATCH)
shares = {
    "to the longest jet of all": counts.mean() / LENGTH,
    "to the longest jet of the batch": counts.mean() / in_random_order.max(axis=1).mean(),
    "the same, in buckets": by_length.mean() / by_length.max(axis=1).mean(),
}
for name, share in shares.items():
    print(f"padded {name:32s} {share:.2f} of the steps are constituents")

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for label, name, color in ((0, "QCD jets", "#5790fc"), (1, "top jets", "#e42536")):
    axes.hist(counts[labels == label], np.arange(0, LENGTH + 5, 5), histtype="step", color=color, label=name)
axes.set(xlabel="constituents of a jet", ylabel="jets / 5 constituents")
axes.legend()
figure.savefig(FIGURES / "variable_length_jets.png", dpi=100)

# %% [markdown]
# ![Number of constituents of top and QCD jets](../figures/gallery/variable_length_jets.png)
#
# Padded to the longest jet of all, 36 % of the steps are constituents; to the longest of each batch, 50 %; in buckets,
# 98 %. But the length says much about the class, so a batch of jets of similar length is a biased sample.
#
# ## Cost
#
# One LSTM and one output. With Keras's layer the steps are an array, with or without a mask; with `Recurrent` they are
# packed. With the same weights, both return the same wherever the mask is respected.


# %%
def network(layer, reads_padding=False):
    """Return a network around a recurrent layer."""
    steps, mask = keras.Input((None, len(FEATURES)), name="jet"), keras.Input((None,), dtype="bool", name="jet_mask")
    real = keras.ops.ones_like(mask) if reads_padding else mask
    state = layer(steps, real) if isinstance(layer, Recurrent) else layer(steps, mask=None if reads_padding else mask)
    return keras.Model({"jet": steps, "jet_mask": mask}, {"top": keras.layers.Dense(1, activation="sigmoid")(state)})


class ToLongest(tw.Sequences):
    """Sequences that every batch pads to the longest of all."""

    def lengths(self):
        """Return the length that each jet is padded to."""
        return np.full(len(self), LENGTH)


class Buckets(tw.Sequences):
    """Sequences in batches of similar length, in random order; `tw.fit` shuffles within what `pools` yields."""

    def pools(self, random):
        """Yield the jets of one batch after the other."""
        batches = np.array_split(np.argsort(self.lengths()), -(-len(self) // BATCH))
        yield from (self.take(batches[index]) for index in random.permutation(len(batches)))


def sequences(kind, features, labels):
    """Return jets and their classes as examples of one of these kinds."""
    return kind.of({"jet": features}, targets={"top": labels})


def keras_lstm():
    """Return Keras's layer, which returns the last state."""
    return keras.layers.LSTM(UNITS)


def packed_lstm():
    """Return the layer of the taggers."""
    return Recurrent("lstm", [UNITS], pooling="last")


masked, packed, some = network(keras_lstm()), network(packed_lstm()), np.arange(BATCH)
packed.set_weights(masked.get_weights())
inputs = sequences(ToLongest, features, labels).inputs(some, LENGTH)
np.testing.assert_allclose(*(np.asarray(model(inputs)["top"]) for model in (masked, packed)), atol=1e-4)

# %%
SETTINGS = tw.TrainingSettings(learning_rate=5e-3, batch_size=BATCH)
LOSS = {"top": "binary_crossentropy"}
ways = {
    "padded to the longest of all": (ToLongest, keras_lstm, True),
    "the same, masked": (ToLongest, keras_lstm, False),
    "padded to the longest of the batch, masked": (tw.Sequences, keras_lstm, False),
    "the same, in buckets": (Buckets, keras_lstm, False),
    "packed": (tw.Sequences, packed_lstm, False),
    "packed, in buckets": (Buckets, packed_lstm, False),
}
rates = {}
for name, (kind, layer, reads_padding) in ways.items():
    some = sequences(kind, features[:TIMED], labels[:TIMED])
    model, ends = network(layer(), reads_padding), []
    options = {"settings": SETTINGS, "watch": lambda row, ends=ends: ends.append(process_time())}
    tw.fit(model, some, some.take(np.arange(8)), LOSS, epochs=3, **options)
    rates[name] = TIMED / np.diff(ends).min()  # without the first epoch, which compiles
    print(f"{name:45s} {rates[name]:6.0f} jets per second of CPU time in training")

# %% [markdown]
# ## Result
#
# Masking and packing give the same gradients, so there are four trainings to compare: with zeros read as constituents,
# behind the jet or before it, packed with batches drawn at random, and packed in buckets.


# %%
def zeros_first(features):
    """Return features as an array, with zeros before each jet, (N, LENGTH, F)."""
    reverse = ak.pad_none(features[:, ::-1], LENGTH)
    return ak.to_numpy(ak.fill_none(reverse, [0.0] * len(FEATURES), axis=1))[:, ::-1]


treatments = {
    "zeros read, behind the jet": (ToLongest, ToLongest, True, ak.Array),
    "zeros read, before the jet": (tw.Sequences, tw.Sequences, True, zeros_first),
    "packed": (tw.Sequences, tw.Sequences, False, ak.Array),
    "packed, in buckets": (Buckets, tw.Sequences, False, ak.Array),
}
areas = {}
for name, (kind, other, reads_padding, prepared) in treatments.items():
    splits = ((kind, (features, labels)), (other, validation), (other, test))
    jets_to_fit, *others = (sequences(each, prepared(some), classes) for each, (some, classes) in splits)
    areas[name] = []
    for seed in range(1, SEEDS + 1):
        keras.utils.set_random_seed(seed)
        model = network(packed_lstm(), reads_padding)
        tw.fit(model, jets_to_fit, others[0], LOSS, epochs=EPOCHS, seed=seed, settings=SETTINGS)
        areas[name].append(roc_auc_score(test[1], tw.predict(model, others[1])["top"][:, 0]))
    print(f"{name:28s} AUC {np.mean(areas[name]):.4f}, from {min(areas[name]):.4f} to {max(areas[name]):.4f}")

demo = Path("results/studies/demo/comparison/comparison.json")
if demo.exists():
    tagger = next(each for each in json.loads(demo.read_text())["taggers"] if each["name"] == "lstm")
    print(f"LSTM of the study demo  AUC {tagger['metrics']['auc']['value']:.4f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", width_ratios=(3, 2))
left.barh(list(rates), list(rates.values()), color="tab:blue")
left.set(xlabel="jets per second of CPU time in training")
left.invert_yaxis()
for row, values in enumerate(areas.values()):
    right.plot(values, [row] * len(values), "o", color="tab:red")
right.set(xlabel="AUC, test jets, one point per seed", yticks=range(len(areas)), ylim=(len(areas) - 0.5, -0.5))
right.set_yticklabels(list(areas))
figure.savefig(FIGURES / "variable_length_results.png", dpi=100)

# %% [markdown]
# ![Training rate and AUC of each way](../figures/gallery/variable_length_results.png)
#
# | way | jets per second of CPU time |
# |---|---|
# | padded to the longest of all | 2068 |
# | the same, masked | 1464 |
# | padded to the longest of the batch, masked | 2055 |
# | the same, in buckets | 3584 |
# | packed | 9078 |
# | packed, in buckets | 8952 |
#
# Packed steps train 4.4 times as fast as arrays padded to the longest jet of each batch, and gain nothing from buckets.
#
# | way | AUC, both seeds |
# |---|---|
# | zeros read, behind the jet | 0.357, 0.501 |
# | zeros read, before the jet | 0.929, 0.932 |
# | packed | 0.897, 0.901 |
# | packed, in buckets | 0.555, 0.789 |
#
# Zeros behind the jet erase the last state: nothing is learned. Zeros before the jet do not harm this network, they
# help: their number tells the length. But what it answers then depends on the length of the padding, which a mask
# prevents. Batches of similar length harm most of what is learned: buckets are for scoring, not for training.
#
# The last state alone is a hard test. With mean and maximum over the states, a packed LSTM of half as many units
# reaches 0.938 with the same number of jets ([Inside the cell](inside_the_cell.py)). The LSTM of the study `demo`, with
# more features, units and jets, has 0.9792 with its test jets.
