# %% [markdown]
# # Inside the cell
#
# A recurrent layer is a cell that is applied to one step after another, always with the same weights. What a cell does
# is a few lines of algebra. This page computes three cells by hand, compares them with the layers that the taggers use,
# and then looks into the gates of a tagger while it reads a jet. It needs the jets of `make demo`.

# %%
import os
from pathlib import Path

import awkward as ak
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score

import tagwerk as tw
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.training.network import prepare

SMALL = "GALLERY_SMALL" in os.environ  # a run of seconds, with worse figures
JETS, EPOCHS, SEEDS = (150, 1, 1) if SMALL else (6000, 6, 3)
FIGURES = Path("results/gallery")
FIGURES.mkdir(parents=True, exist_ok=True)
PARTS = sorted(Path("results/datasets/top/jets").glob("*_000[0-3]"))

prepare(seed=1, threads=1)
random = np.random.default_rng(1)


def sigmoid(x):
    """Return the logistic function, between 0 and 1: the opening of a gate."""
    return 1 / (1 + np.exp(-x))


# %% [markdown]
# ## The simplest cell
#
# Its state is its output: $h_t = \tanh(W x_t + U h_{t-1} + b)$ (Elman 1990).


# %%
def simple_rnn(steps, kernel, recurrent_kernel, bias):
    """Return the state after every step, (T, U)."""
    state, states = np.zeros(len(recurrent_kernel)), []
    for x in steps:
        state = np.tanh(x @ kernel + state @ recurrent_kernel + bias)
        states.append(state)
    return np.array(states)


# %% [markdown]
# ## LSTM
#
# The long short-term memory (Hochreiter and Schmidhuber 1997) has a second state, the cell state $C$, which is kept by
# default. The forget gate $f$ decides what is forgotten, the input gate $i$ what is added, the output gate $o$ what is
# shown:
#
# $$f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f) \qquad i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i) \qquad
# o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)$$
#
# $$\tilde C_t = \tanh(W_C x_t + U_C h_{t-1} + b_C) \qquad C_t = f_t C_{t-1} + i_t \tilde C_t \qquad
# h_t = o_t \tanh(C_t)$$
#
# Keras stores the weights of $i$, $f$, $\tilde C$ and $o$ next to each other.


# %%
def lstm(steps, kernel, recurrent_kernel, bias):
    """Return output, cell state and the gates i, f and o after every step, (T, U) each."""
    units = len(recurrent_kernel)
    output, memory, rows = np.zeros(units), np.zeros(units), []
    for x in steps:
        i, f, candidate, o = np.split(x @ kernel + output @ recurrent_kernel + bias, 4)
        i, f, o = sigmoid(i), sigmoid(f), sigmoid(o)
        memory = f * memory + i * np.tanh(candidate)
        output = o * np.tanh(memory)
        rows.append((output, memory, i, f, o))
    return [np.array(each) for each in zip(*rows, strict=True)]


# %% [markdown]
# ## GRU
#
# The gated recurrent unit (arXiv:1406.1078) has one state and two gates. In Keras the update gate $z$ keeps the old
# state, where textbooks let it take the new one, and the reset gate $r$ acts behind the recurrent weights, which have a
# bias of their own, as on GPUs:
#
# $$z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z) \qquad r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)$$
#
# $$\tilde h_t = \tanh(W x_t + b + r_t\,(U h_{t-1} + b')) \qquad h_t = z_t h_{t-1} + (1 - z_t)\,\tilde h_t$$


# %%
def gru(steps, kernel, recurrent_kernel, bias):
    """Return the state after every step, (T, U)."""
    state, states = np.zeros(len(recurrent_kernel)), []
    for x in steps:
        z, r, candidate = np.split(x @ kernel + bias[0], 3)
        old_z, old_r, old = np.split(state @ recurrent_kernel + bias[1], 3)
        z, r = sigmoid(z + old_z), sigmoid(r + old_r)
        state = z * state + (1 - z) * np.tanh(candidate + r * old)
        states.append(state)
    return np.array(states)


# %% [markdown]
# The layers of the product compute the same, here for 20 random steps of 3 numbers, with random weights:

# %%
steps = random.normal(size=(20, 3)).astype("float32")
by_hand = {"simple_rnn": simple_rnn, "lstm": lambda *arguments: lstm(*arguments)[0], "gru": gru}
for cell, function in by_hand.items():
    layer = Recurrent(cell, [8])
    layer(steps[None], np.ones((1, 20), bool))  # creates the weights
    layer.set_weights([random.normal(0, 0.5, weight.shape) for weight in layer.get_weights()])
    states = np.asarray(layer(steps[None], np.ones((1, 20), bool)))[0]
    difference = np.abs(states - function(steps, *layer.get_weights())).max()
    print(f"{cell:10s}  largest difference from the calculation by hand: {difference:.1e}")
    assert difference < 1e-5

# %% [markdown]
# ## Masks and not zeros
#
# Jets have different numbers of constituents, and a batch is an array, so shorter jets are padded. A cell that reads
# the padding changes its state, even if the padding is zeros: the output then depends on the longest jet in the batch.
# With a mask it does not.

# %%
layer = Recurrent("lstm", [8], pooling="last")
padded, mask = np.zeros((1, 60, 3), "float32"), np.arange(60)[None] < 20
padded[0, :20] = steps
alone = np.asarray(layer(steps[None], np.ones((1, 20), bool)))
print("alone             ", alone[0, :3])
print("padded, masked    ", np.asarray(layer(padded, mask))[0, :3])
unmasked = np.asarray(layer(padded, np.ones_like(mask)))
print("padded, not masked", unmasked[0, :3])
np.testing.assert_allclose(np.asarray(layer(padded, mask)), alone, atol=1e-6)
assert np.abs(unmasked - alone).max() > 0.01

# %% [markdown]
# ## Jets
#
# Now a real task: top jets against QCD jets. A step is a constituent, in descending pT, with five of the features that
# taggers see, divided by constants so that they are of order one.

# %%
FEATURES = {"log_pt_share": 4, "log_pt": 4, "delta_eta": 0.3, "delta_phi": 0.3, "delta_r": 0.3}


def sequences(piece, count):
    """Return jets as sequences of features, with their class as target."""
    records = ak.concatenate([tw.read_records(part, piece) for part in PARTS])
    records = records[random.permutation(len(records))[:count]]
    features = tw.constituent_features(records, list(FEATURES)) / np.array([[list(FEATURES.values())]])
    return tw.Sequences.of({"jet": features}, targets={"top": records.label.to_numpy()})


training, validation, test = sequences("train", JETS), sequences("validation", JETS // 4), sequences("test", JETS // 2)

# %% [markdown]
# ## The forget bias, and pooling
#
# An LSTM whose forget gates start at one half, with a bias of zero, halves its memory at every step: after 60
# constituents nothing is left of the first, and no gradient either. With a bias of one, they start at 0.73, and $C$
# keeps longer (Gers et al. 2000). Keras starts with one. And what is passed on: the *last* state, or the *mean and
# maximum* of the states after all constituents, which no state needs to remember? Here are both choices, with all
# else the same.


# %%
def network(bias, pooling):
    """Return a small LSTM with forget gates of this bias."""
    steps, mask = keras.Input((None, 5), name="jet"), keras.Input((None,), dtype="bool", name="jet_mask")
    layer = Recurrent("lstm", [32], pooling=pooling, name="lstm")
    vector = layer(steps, mask)
    kernel, recurrent_kernel, biases = layer.get_weights()
    biases[32:64] = bias
    layer.set_weights([kernel, recurrent_kernel, biases])
    output = keras.layers.Dense(1, activation="sigmoid", name="head")(vector)
    return keras.Model({"jet": steps, "jet_mask": mask}, {"top": output})


settings = tw.TrainingSettings(learning_rate=5e-3, batch_size=64)
choices = {(bias, pooling): [] for pooling in ("last", "mean_max") for bias in (0, 1)}
for (bias, pooling), trainings in choices.items():
    for seed in range(1, SEEDS + 1):
        keras.utils.set_random_seed(seed)
        model = network(bias, pooling)
        loss = {"top": "binary_crossentropy"}
        history = tw.fit(model, training, validation, loss, epochs=EPOCHS, seed=seed, settings=settings)
        area = roc_auc_score(test.targets_["top"], tw.predict(model, test)["top"][:, 0])
        trainings.append((area, history.val_loss, model))
    areas = [area for area, *_ in trainings]
    print(f"forget bias {bias}, {pooling:8s}  AUC {np.mean(areas):.3f}, from {min(areas):.3f} to {max(areas):.3f}")

# %%
COLORS = {("last", 0): "tab:red", ("last", 1): "tab:orange", ("mean_max", 0): "tab:cyan", ("mean_max", 1): "tab:blue"}
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for row, ((bias, pooling), trainings) in enumerate(choices.items()):
    label = f"{pooling.replace('_', ' and ')}, forget bias {bias}"
    for index, (_, losses, _) in enumerate(trainings):
        epochs = np.arange(1, len(losses) + 1)
        left.plot(epochs, losses, color=COLORS[pooling, bias], label=None if index else label)
    right.plot([area for area, *_ in trainings], [row] * len(trainings), "o", color=COLORS[pooling, bias])
left.set(xlabel="epoch", ylabel="cross-entropy, validation jets")
figure.legend(ncols=4, loc="outside upper center")
right.set(xlabel="AUC, test jets, one point per seed", yticks=range(4), ylim=(3.5, -0.5))
right.set_yticklabels([f"{pooling.replace('_', ' and ')}, {bias}" for bias, pooling in choices])
figure.savefig(FIGURES / "inside_the_cell_bias.png", dpi=100)

# %% [markdown]
# ![Validation loss and AUC with both biases and poolings](../figures/gallery/inside_the_cell_bias.png)
#
# | passed on | forget bias | AUC, mean of three seeds | lowest and highest |
# |---|---|---|---|
# | last state | 0 | 0.768 | 0.540, 0.886 |
# | last state | 1 | 0.894 | 0.868, 0.928 |
# | mean and maximum | 0 | 0.936 | 0.935, 0.937 |
# | mean and maximum | 1 | 0.938 | 0.931, 0.949 |
#
# With 6000 jets and six epochs, the networks that pass on the last state learn slowly. With a bias of zero, one of
# three trainings has learned next to nothing; with one, all three have learned. Pooling is worth more than the bias,
# and with it, three seeds show no difference between the biases.
#
# ## Gates along a jet
#
# The function `lstm` above, with the weights of the best network that reads the last state, gives the gates after each
# constituent of a top jet. The output layer on top of each state gives what the network would answer if the jet ended
# there.

# %%
_, _, model = max(choices[1, "last"], key=lambda training: training[0])
weights, (kernel, bias) = model.get_layer("lstm").get_weights(), model.get_layer("head").get_weights()
probabilities = tw.predict(model, test)["top"][:, 0]
jet = np.flatnonzero((test.targets_["top"] == 1) & (probabilities >= np.median(probabilities)))[0]
steps = test.inputs(np.array([jet]), int(test.lengths()[jet]))["jet"][0]
output, memory, i, f, o = lstm(steps, *weights)
answer = sigmoid(output @ kernel + bias)[:, 0]
np.testing.assert_allclose(answer[-1], probabilities[jet], atol=1e-4)

figure, rows = plt.subplots(5, 1, figsize=(10, 9), sharex=True, layout="constrained")
rows[0].bar(np.arange(len(steps)), np.exp(4 * steps[:, 1]), color="black")
rows[0].set(ylabel="pT / GeV", yscale="log")
order = np.argsort(f.mean(axis=0))
for row, gate, title in zip(rows[1:4], (f, i, o), ("forget", "input", "output"), strict=True):
    image = row.imshow(gate[:, order].T, aspect="auto", vmin=0, vmax=1, cmap="viridis", interpolation="nearest")
    row.set_ylabel(f"{title} gate\nunit")
figure.colorbar(image, ax=rows[1:4], label="opening of the gate")
rows[4].plot(answer, color="tab:red")
rows[4].set(ylabel="probability\nof a top", ylim=(0, 1), xlabel="constituent, in descending pT")
figure.savefig(FIGURES / "inside_the_cell_gates.png", dpi=90)

# %% [markdown]
# ![Gates of all units along a top jet, and the answer](../figures/gallery/inside_the_cell_gates.png)
#
# Nearly all forget gates are more than half open, most of all at the soft end of the jet, so the memory of what came
# first lives on. Gates of different units react to the same constituents: the vertical stripes. The answer starts near
# one half, falls with the first constituents, and then rises through the soft ones: one sees where in the jet this
# network finds what it decides on.
