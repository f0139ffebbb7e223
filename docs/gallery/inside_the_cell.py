# %% [markdown]
# # Inside the cell
#
# A recurrent layer is a cell that is applied to one step after another, always with the same weights. What a cell does
# is a few lines of algebra. This page computes three cells by hand, compares them with the layers that the taggers use,
# and then looks into the gates of a tagger while it reads a jet. It needs the jets of `make demo`.

# %%
import os
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

import tagwerk as tw
from tagwerk.layers.recurrent_stack import Recurrent

SMALL = "GALLERY_SMALL" in os.environ  # a run of seconds, with worse figures
EPOCHS = 1 if SMALL else 8
FIGURES = Path("results/gallery")
FIGURES.mkdir(parents=True, exist_ok=True)
PARTS = sorted(Path("results/datasets/top/jets").glob("*_000[0-3]"))

keras.utils.set_random_seed(1)
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
    states = np.asarray(layer(steps[None], np.ones((1, 20), bool)))[0]
    layer.set_weights([random.normal(0, 0.5, weight.shape) for weight in layer.get_weights()])
    states = np.asarray(layer(steps[None], np.ones((1, 20), bool)))[0]
    difference = np.abs(states - function(steps, *layer.get_weights())).max()
    print(f"{cell:10s}  largest difference from the calculation by hand: {difference:.1e}")
    assert difference < 1e-5

# %% [markdown]
# ## Masks and not zeros
#
# Jets have different numbers of constituents, and a batch is an array. Padding must not be read as constituents: a cell
# that reads zeros changes its state, and the output depends on the length of the longest jet in the batch. With a mask
# it does not.

# %%
layer = Recurrent("lstm", [8], pooling="last")
padded, mask = np.zeros((1, 60, 3), "float32"), np.arange(60)[None] < 20
padded[0, :20] = steps
alone = np.asarray(layer(steps[None], np.ones((1, 20), bool)))
print("alone             ", alone[0, :3])
print("padded, masked    ", np.asarray(layer(padded, mask))[0, :3])
print("padded, not masked", np.asarray(layer(padded, np.ones_like(mask)))[0, :3])
np.testing.assert_allclose(np.asarray(layer(padded, mask)), alone, atol=1e-6)

# %% [markdown]
# ## Gates along a jet
#
# A tagger with one small LSTM, trained on the jets of the demo. The first layers of every tagger make features of the
# constituents and normalise them, so the steps of the LSTM are the output of `constituent_features`.

# %%
card = tw.Tagger.load("lstm")
small = card.model_copy(
    update={"hyperparameters": {"cell": "lstm", "units": [16], "pooling": "last", "dense": [], "dropout": 0.0}}
)
trained = tw.train(small, "top", None, PARTS, name="one_lstm", epochs=EPOCHS, seed=1)
auc = {name: run for name, run in (("one_lstm", tw.score(trained, PARTS)),)}
model = trained.model
features = keras.Model(model.input, model.get_layer("constituent_features").output)
(layer,) = (each for each in model.layers if isinstance(each, Recurrent))
