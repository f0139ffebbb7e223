# %% [markdown]
# # A cosmic-ray signal in noisy radio traces
#
# An air shower emits a radio pulse of nanoseconds, which antennas record as a voltage against time, together with the
# noise of the Galaxy and of transmitters. Is there a pulse in a trace, and where? The classical answer is a *matched
# filter*: the trace's correlation with the expected pulse, relative to the spectrum of the noise. If the shape of the
# pulse is known and the noise is stationary, no linear filter has a larger ratio of signal to noise; if the noise is
# Gaussian too, nothing is better. Here an LSTM that has been shown traces is compared with it.
#
# The traces are simulated after the Auger Engineering Radio Array (AERA): a band of 30 to 80 MHz, sampled at 180 MHz
# (Pierre Auger Collaboration, JINST 7 (2012) P10011, arXiv:1209.3840; arXiv:1205.2104).
#
# ASSUME: the sky's noise is Gaussian, with the power of the Galaxy's, $\nu^{-2.3}$ (ITU-R P.372); up to two
# transmitters add sine waves of random frequency. A pulse is a band-limited impulse of either polarity, whose spectrum
# falls as $e^{-b\nu}$: the farther an antenna is from the Cherenkov ring of the shower, the steeper (T. Huege, Phys.
# Rept. 620 (2016) 1, arXiv:1601.07426). Here $b$ is uniform between 0 and 0.08 per MHz. The antenna's own response is
# flat.

# %%
import os
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score

import tagwerk as tw
from tagwerk.layers.pooling import pool
from tagwerk.layers.recurrent_stack import Recurrent
from tagwerk.training.network import prepare

SMALL = "GALLERY_SMALL" in os.environ  # a run of seconds, with worse figures
FIGURES = Path("results/gallery")
FIGURES.mkdir(parents=True, exist_ok=True)
TRACES, EPOCHS = (400, 2) if SMALL else (12_000, 16)
LENGTH, EDGE, SAMPLING, BAND = 256, 30, 180.0, (30.0, 80.0)  # samples, samples, MHz, MHz

prepare(seed=1, threads=1)
random = np.random.default_rng(1)
frequencies = np.fft.rfftfreq(LENGTH, 1 / SAMPLING)
in_band = (frequencies > BAND[0]) & (frequencies < BAND[1])
noise_amplitude = np.where(in_band, np.maximum(frequencies, 1.0) ** (-2.3 / 2), 0.0)


def noise(count):
    """Return the sky's noise, with a root mean square of one, and up to two transmitters, (count, LENGTH)."""
    white = random.normal(size=(count, len(frequencies))) + 1j * random.normal(size=(count, len(frequencies)))
    sky = np.fft.irfft(white * noise_amplitude, LENGTH)
    sky /= np.sqrt(np.mean(sky**2))
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
# Half of the traces have a pulse anywhere but at the edges, with a peak of 2 to 7 times the root mean square of the
# sky's noise, called σ below.


# %%
def simulate(count):
    """Return traces, whether they have a pulse, where it is (in samples), and its peak."""
    signal = random.uniform(size=count) < 0.5
    position, peak = random.uniform(EDGE, LENGTH - EDGE, count), random.uniform(2, 7, count)
    polarity, slope = random.choice([-1, 1], count), random.uniform(0.0, 0.08, count)
    pulse = (signal * polarity * peak)[:, None] * pulses(position, slope)
    return noise(count) + pulse, signal, position, peak


training, validation, test = simulate(TRACES), simulate(TRACES // 4), simulate(TRACES)

figure, rows = plt.subplots(3, 1, figsize=(11, 6), sharex=True, layout="constrained")
shown = [np.flatnonzero(test[1] & (np.abs(test[3] - peak) < 0.3))[0] for peak in (6, 3)] + [np.argmin(test[1])]
for row, index, text in zip(rows, shown, ("a peak of 6 sigma", "a peak of 3 sigma", "no pulse"), strict=True):
    row.plot(np.arange(LENGTH) / SAMPLING * 1e3, test[0][index], color="black", linewidth=1)
    if test[1][index]:
        row.axvline(test[2][index] / SAMPLING * 1e3, color="tab:red", alpha=0.4, linewidth=6)
    row.set(ylabel="voltage / sigma", title=text)
rows[-1].set_xlabel("time / ns")
figure.savefig(FIGURES / "radio_traces_examples.png", dpi=90)

# %% [markdown]
# ![Three traces: a strong pulse, a weak one, and noise](../figures/gallery/radio_traces_examples.png)
#
# ## The matched filter
#
# The filter gets everything that an experiment can know. The power of the noise at each frequency is measured with
# traces without pulses, transmitters included. The slope of a pulse is not known, so there are filters for five slopes,
# each normalised to its own noise. The classical statistic is the largest absolute output, within the range of possible
# positions. If the distribution of peaks is known as well, the *likelihood ratio* is better: the mean over positions,
# slopes, polarities and peaks of the ratio of probabilities with and without such a pulse. For Gaussian noise, nothing
# is better (Neyman and Pearson).
#
# But transmitters are not Gaussian noise: a narrow line, in some traces only. So both first limit each Fourier
# component to a multiple of its usual amplitude, which is chosen on the validation traces.

# %%
power = np.mean(np.abs(np.fft.rfft(noise(len(training[0])))) ** 2, axis=0)
shapes = np.where(in_band, np.exp(-np.linspace(0, 0.08, 5)[:, None] * (frequencies - BAND[0])), 0.0)
shapes /= np.fft.irfft(shapes).max(axis=1, keepdims=True)
POSSIBLE, PEAKS = slice(EDGE, LENGTH - EDGE), np.linspace(2, 7, 6)


def filtered(traces, limit=np.inf):
    """Yield the output of each filter, (N, LENGTH), relative to its noise, and what a pulse of peak one gives."""
    spectrum = np.fft.rfft(traces)
    spectrum *= np.minimum(1, limit * np.sqrt(power) / np.maximum(np.abs(spectrum), 1e-9))
    for shape in shapes:
        response = np.sqrt(2 * np.sum(shape**2 / power))
        yield LENGTH * np.fft.irfft(spectrum * shape / power) / response, response


def matched_filter(traces, limit):
    """Return the largest absolute output of all filters, and its sample."""
    output = np.max([np.abs(output[:, POSSIBLE]) for output, _ in filtered(traces, limit)], axis=0)
    return output.max(axis=1), output.argmax(axis=1) + EDGE


def likelihood_ratio(traces, limit):
    """Return the logarithm of the likelihood ratio, and the most probable sample."""
    ratio = 0
    for output, response in filtered(traces, limit):
        for signal in PEAKS * response:
            ratio = ratio + np.cosh(signal * output[:, POSSIBLE]) * np.exp(-(signal**2) / 2)
    return np.log(ratio.mean(axis=1)), ratio.argmax(axis=1) + EDGE


limits = {}
for statistic in (matched_filter, likelihood_ratio):
    areas = {
        limit: roc_auc_score(validation[1], statistic(validation[0], limit)[0]) for limit in (1.5, 2, 2.5, 3, np.inf)
    }
    limits[statistic] = max(areas, key=areas.get)
    print(f"{statistic.__name__:16s}  AUC by limit, validation:", {key: round(area, 4) for key, area in areas.items()})

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
states = Recurrent("lstm", [32, 32], "both")(trace, mask)
outputs = {
    "pulse": keras.layers.Dense(2, activation="softmax")(pool(states, mask, "mean_max")),
    "here": keras.layers.Dense(1, activation="sigmoid")(states),
}
model = keras.Model({"trace": trace, "trace_mask": mask}, outputs)
losses = {"pulse": "sparse_categorical_crossentropy", "here": "binary_crossentropy"}
settings = tw.TrainingSettings(learning_rate=3e-3, batch_size=128)
tw.fit(model, sequences(*training), sequences(*validation), losses, epochs=EPOCHS, settings=settings)

# %% [markdown]
# ## Which one is better?
#
# `tw.compare` takes scores from anywhere: here a table with the class of each trace and the scores of all three, and a
# study card that says which is which.

# %%
traces, signal, position, peak = test
(largest, at_largest), (ratio, most_probable) = (each(traces, limit) for each, limit in limits.items())
predicted = tw.predict(model, sequences(*test))
scores = np.stack([signal, predicted["pulse"][:, 1], largest, ratio], axis=1)
np.savetxt(FIGURES / "radio.csv", scores, delimiter=",", header="label,lstm,filter,ratio", comments="")

ENTRY = """
  - name: {name}
    title: {title}
    color: "{color}"
    files: results/gallery/radio.csv
    score: {name}
    label: label
    classes: {{noise: 0, pulse: 1}}"""
entries = [
    ("lstm", "LSTM", "#5790fc"),
    ("filter", "Matched filter", "#e42536"),
    ("ratio", "Likelihood ratio", "#f89c20"),
]
card = "title: A pulse in noise\nsignal: pulse\nbackground: noise\nworking_points: [0.5, 0.8]\nscores:"
card += "".join(ENTRY.format(name=name, title=title, color=color) for name, title, color in entries)
(FIGURES / "radio.yaml").write_text(card, encoding="utf-8")
comparison = tw.compare(FIGURES / "radio.yaml")
print(tw.markdown(comparison))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
for tagger, (_, title, color) in zip(comparison.taggers, entries, strict=True):
    curve = tagger.curve
    left.plot(curve.signal_efficiency, curve.background_efficiency, color=color, label=title)
    left.fill_between(curve.signal_efficiency, curve.low, curve.high, color=color, alpha=0.3)
left.set(xlabel="efficiency for pulses", ylabel="efficiency for noise", yscale="log", xlim=(0.3, 1), ylim=(1e-3, 1))
left.legend()

block = np.asarray(predicted["here"])[..., 0].argmax(axis=1)
found_at = {"lstm": (block + 0.5) * BLOCK - 0.5, "filter": at_largest, "ratio": most_probable}
edges = np.arange(2, 7.1, 0.5)
for name, title, color in entries:
    near = np.abs(found_at[name] - position) < 4
    right.stairs(
        [near[signal & (peak >= low) & (peak < low + 0.5)].mean() for low in edges[:-1]],
        edges,
        color=color,
        label=title,
    )
    print(f"{title:30s}  {near[signal].mean():.3f} of the pulses within 4 samples")
right.set(xlabel="peak of the pulse / sigma", ylabel="share found within 4 samples (22 ns)", ylim=(0, 1.05))
right.legend()
figure.savefig(FIGURES / "radio_traces_comparison.png", dpi=100)

# %% [markdown]
# ![Efficiencies for noise and pulses, and share of pulses found](../figures/gallery/radio_traces_comparison.png)
#
# | | AUC | noise rejected at 80 % of the pulses, 1/ε | found within 4 samples |
# |---|---|---|---|
# | likelihood ratio | 0.9069 ± 0.0029 | 8.38 (+0.72 -0.65) | 83.8 % |
# | matched filter | 0.9004 ± 0.0030 | 7.17 (+0.53 -0.49) | 83.5 % |
# | LSTM | 0.9004 ± 0.0030 | 7.13 (+0.57 -0.52) | 82.4 % |
#
# From 12,000 traces, the LSTM has learned to be as good as the matched filter, without being told the shape of a pulse
# or the spectrum of the noise. With all that is known about both, the likelihood ratio is better, and it should be:
# only the transmitters keep it from being the best possible. A network needs no model of pulses and noise, but traces
# of both; what it gains where a model is wrong, this simulation cannot show.
