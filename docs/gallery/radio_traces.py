# %% [markdown]
# # A cosmic-ray signal in noisy radio traces
#
# An air shower emits a radio pulse of nanoseconds, which antennas record as a voltage against time, together with the
# noise of the Galaxy and of their own electronics. Is there a pulse in a trace, and where? The classical answer is a
# *matched filter*: the trace's correlation with the expected pulse, relative to the spectrum of the noise, which is
# optimal if shape and noise are known. Here an LSTM that has been shown traces is compared with it.
#
# The traces are simulated after the Auger Engineering Radio Array (AERA): 30-80 MHz and 180 MHz of sampling
# (Pierre Auger Collaboration, JINST 7 (2012) P10011), with Gaussian noise whose spectrum falls as the temperature of
# the sky, $T \propto \nu^{-2.55}$ (ITU-R P.372), with narrow-band transmitters, which are not known to the filter.
#
# ASSUME: a pulse is the band-limited impulse of random polarity with a slope of its spectrum, $e^{-b\nu}$, that varies
# from shower to shower with the distance to the axis; the filter knows its mean.

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
TRACES, EPOCHS = (400, 2) if SMALL else (12_000, 25)
LENGTH, SAMPLING, BAND = 256, 180.0, (30.0, 80.0)  # samples, MHz, MHz

keras.utils.set_random_seed(1)
random = np.random.default_rng(1)
frequencies = np.fft.rfftfreq(LENGTH, 1 / SAMPLING)
in_band = (frequencies > BAND[0]) & (frequencies < BAND[1])
noise_amplitude = np.where(in_band, np.maximum(frequencies, 1.0) ** (-2.55 / 2), 0.0)


def normalised(traces):
    """Return traces with a root mean square of one on average."""
    return traces / np.sqrt(np.mean(traces**2))


def noise(count):
    """Return noise of the sky with up to two transmitters, (count, LENGTH)."""
    white = random.normal(size=(count, len(frequencies))) + 1j * random.normal(size=(count, len(frequencies)))
    sky = normalised(np.fft.irfft(white * noise_amplitude, LENGTH))
    time = np.arange(LENGTH) / SAMPLING
    for _ in range(2):
        frequency, phase = random.uniform(*BAND, (count, 1)), random.uniform(0, 2 * np.pi, (count, 1))
        amplitude = random.exponential(0.3, (count, 1)) * (random.uniform(size=(count, 1)) < 0.5)
        sky = sky + amplitude * np.sin(2 * np.pi * frequency * time + phase)
    return sky


def pulses(position, slope):
    """Return pulses at these samples with these slopes of their spectra, of peak one, (count, LENGTH)."""
    spectrum = np.where(in_band, np.exp(-slope[:, None] * (frequencies - BAND[0])), 0.0)
    shift = np.exp(-2j * np.pi * frequencies * position[:, None] / SAMPLING)
    traces = np.fft.irfft(spectrum * shift, LENGTH)
    return traces / np.abs(traces).max(axis=1, keepdims=True)


# %% [markdown]
# Half of the traces have a pulse, of 1 to 5 times the root mean square of the noise, anywhere but at the edges.


# %%
def simulate(count):
    """Return traces, whether they have a pulse, where it is (in samples), and its peak."""
    signal = random.uniform(size=count) < 0.5
    position, peak = random.uniform(30, LENGTH - 30, count), random.uniform(1, 5, count)
    polarity, slope = random.choice([-1, 1], count), random.uniform(0.0, 0.08, count)
    pulse = (signal * polarity * peak)[:, None] * pulses(position, slope)
    return noise(count) + pulse, signal, position, peak


training, validation, test = simulate(TRACES), simulate(TRACES // 4), simulate(TRACES)

figure, rows = plt.subplots(3, 1, figsize=(11, 6), sharex=True, layout="constrained")
shown = [np.flatnonzero(test[1] & (np.abs(test[3] - peak) < 0.3))[0] for peak in (4.5, 2.5)] + [np.argmin(test[1])]
for row, index, text in zip(rows, shown, ("a pulse of 4.5 σ", "a pulse of 2.5 σ", "noise"), strict=True):
    row.plot(np.arange(LENGTH) / SAMPLING * 1e3, test[0][index], color="black", linewidth=1)
    if test[1][index]:
        row.axvline(test[2][index] / SAMPLING * 1e3, color="tab:red", alpha=0.4, linewidth=6)
    row.set(ylabel="voltage / σ", title=text)
rows[-1].set_xlabel("time / ns")
figure.savefig(FIGURES / "radio_traces.png", dpi=120)

# %% [markdown]
# ![Three traces: a strong pulse, a weak one, and noise](../figures/gallery/radio_traces.png)
#
# ## The matched filter
#
# The correlation of a trace with the mean pulse, divided by the power of the noise at each frequency. Its largest
# absolute value is the statistic, and the sample where it is, the position.

# %%
template = np.where(in_band, np.exp(-0.04 * (frequencies - BAND[0])), 0.0)
weight = np.divide(template, noise_amplitude**2, out=np.zeros_like(template), where=in_band)


def matched_filter(traces):
    """Return the largest absolute output of the filter, and its sample."""
    output = np.abs(np.fft.irfft(np.fft.rfft(traces) * weight, LENGTH))
    return output.max(axis=1), output.argmax(axis=1)


# %% [markdown]
# ## The network
#
# An LSTM reads the trace in both directions. One output is a class per trace; the other one a probability per sample
# that the pulse is there, so that both questions are answered by one network with two losses. Blocks of four samples
# are one step, which makes the sequences shorter.

# %%
BLOCK = 4


def sequences(traces, signal, position, _):
    """Return traces in blocks, with the class of each and, for each block, whether the pulse is in it."""
    blocks = traces.reshape(len(traces), -1, BLOCK)
    inside = np.arange(blocks.shape[1]) == (position // BLOCK).astype(int)[:, None]
    return tw.Sequences.of(
        {"trace": blocks}, targets={"pulse": signal.astype(int)}, step_targets={"here": inside & signal[:, None]}
    )


trace, mask = keras.Input((None, BLOCK), name="trace"), keras.Input((None,), dtype="bool", name="trace_mask")
states = Recurrent("lstm", [32], "both")(trace, mask)
summary = Recurrent("lstm", [32], "both", pooling="mean_max")(states, mask)
outputs = {
    "pulse": keras.layers.Dense(2, activation="softmax")(summary),
    "here": keras.layers.Dense(1, activation="sigmoid")(states),
}
model = keras.Model({"trace": trace, "trace_mask": mask}, outputs)
losses = {"pulse": "sparse_categorical_crossentropy", "here": "binary_crossentropy"}
settings = tw.TrainingSettings(learning_rate=3e-3, batch_size=128)
tw.fit(model, sequences(*training), sequences(*validation), losses, epochs=EPOCHS, settings=settings)

# %% [markdown]
# ## Which one is better?
#
# Tagwerk's comparison takes scores from anywhere: here a table with the class of each trace, the network's probability
# and the filter's statistic, and a study card that says which is which. `tagwerk report` makes the report.

# %%
traces, signal, position, peak = test
statistic, filter_sample = matched_filter(traces)
predicted = tw.predict(model, sequences(*test))
scores = np.stack([signal, predicted["pulse"][:, 1], statistic], axis=1)
np.savetxt(FIGURES / "radio.csv", scores, delimiter=",", header="label,lstm,filter", comments="")

ENTRY = """
  - name: {name}
    title: {title}
    color: "{color}"
    files: results/gallery/radio.csv
    score: {name}
    label: label
    classes: {{noise: 0, pulse: 1}}"""
entries = [("lstm", "LSTM", "#5790fc"), ("filter", "Matched filter", "#e42536")]
with open(FIGURES / "radio.yaml", "w") as card:
    card.write("title: A pulse in noise\nsignal: pulse\nbackground: noise\nworking_points: [0.5, 0.8]\nscores:")
    card.write("".join(ENTRY.format(name=name, title=title, color=color) for name, title, color in entries))
comparison = tw.compare(FIGURES / "radio.yaml")
print(tw.markdown(comparison))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
for tagger, (_, title, color) in zip(comparison.taggers, entries, strict=True):
    curve = tagger.curve
    left.plot(curve.signal_efficiency, curve.background_efficiency, color=color, label=title)
    left.fill_between(curve.signal_efficiency, curve.low, curve.high, color=color, alpha=0.3)
left.set(xlabel="efficiency for pulses", ylabel="efficiency for noise", yscale="log", xlim=(0.3, 1))
left.legend()

blocks = np.asarray(predicted["here"])[..., 0]
errors = {
    "Matched filter": filter_sample[signal] - position[signal],
    "LSTM": (blocks.argmax(axis=1)[signal] + 0.5) * BLOCK - position[signal],
}
edges = np.arange(1, 5.1, 0.5)
for title, error in errors.items():
    found = [np.mean(np.abs(error[(peak[signal] >= a) & (peak[signal] < a + 0.5)]) < 4) for a in edges[:-1]]
    color = next(color for _, each, color in entries if each == title)
    right.stairs(found, edges, color=color, label=title, linewidth=2)
right.set(xlabel="peak of the pulse / σ", ylabel="share found within 4 samples (22 ns)", ylim=(0, 1.05))
right.legend()
figure.savefig(FIGURES / "radio_comparison.png", dpi=120)

# %% [markdown]
# ![Efficiency for noise against that for pulses, and the share of pulses found](../figures/gallery/radio_comparison.png)
