# %% [markdown]
# # Along trees
#
# A sequence is a chain. A *recursive* network generalises it to trees: the state of a node follows from its own
# features and from the states of its children, up to the root, which represents the jet. The tree of a jet is its
# clustering history (arXiv:1702.00748), here Cambridge/Aachen's, which merges the branches closest in angle first.
#
# This page needs the jets of `make demo`, whose records contain the trees.

# %%
import os
from pathlib import Path

import awkward as ak
import matplotlib.pyplot as plt
import numpy as np

import tagwerk as tw
from tagwerk.cards.experiment import SIMULATED
from tagwerk.jets.lund import lund_delta, lund_kt
from tagwerk.jets.nodes import flat_nodes
from tagwerk.layers.recursive_layer import Recursive
from tagwerk.plots.style import style_of
from tagwerk.plots.tree import plot_tree
from tagwerk.records.tree_momenta import tree_with_momenta
from tagwerk.training.network import prepare

SMALL = "GALLERY_SMALL" in os.environ  # a run of seconds, with worse figures
UNITS, EPOCHS, SEEDS = (8, 1, [1]) if SMALL else (32, 5, [1, 2, 3])
FIGURES = Path("results/gallery")
FIGURES.mkdir(parents=True, exist_ok=True)
PARTS = sorted(Path("results/datasets/top/jets").glob("*_000[0-3]"))
TREE = "constituents_cambridge_aachen"

prepare(seed=1, threads=1)
random = np.random.default_rng(1)
records = ak.concatenate([tw.read_records(part, "test") for part in PARTS])

# %% [markdown]
# ## The clustering history
#
# The record of a jet has one entry per merge, with the indices of the harder and the softer branch: constituents first,
# then merges. Their momenta are sums.

# %%
one = records[(records.label == 1) & (abs(records.jet.mass - 173) < 5)][:1]
constituents, merges = tree_with_momenta(one, "constituents", TREE)
axis = float(one.jet.eta[0]), float(one.jet.phi[0])
title = f"A top jet: pT {one.jet.pt[0]:.0f} GeV, mass {one.jet.mass[0]:.0f} GeV"
explanation = "Cambridge/Aachen; areas and widths: pT; colours: branches of the two splittings of largest kT"
with plt.rc_context(style_of(SIMULATED)):
    figure = plot_tree(constituents, merges, axis, title, explanation)
    figure.savefig(FIGURES / "along_trees_jet.png", dpi=70)

# %% [markdown]
# ![A top jet in the plane, and its tree](../figures/gallery/along_trees_jet.png)
#
# ## The Lund plane
#
# A merge seen from the root is a splitting: a softer branch leaves a harder one at a distance $\Delta$, with a
# transverse momentum $k_T = \Delta\,p_{T,\mathrm{softer}}$. Follow the harder branch from the root, and mark every
# softer one in the plane of $\ln(1/\Delta)$ and $\ln k_T$: the primary Lund plane (arXiv:1807.04758).


# %%
def primary_lund_plane(records):
    """Return ln(1/Δ) and ln(kT / GeV) of all splittings of the harder branches of jets, (M,) each."""
    constituents, merges = tree_with_momenta(records, "constituents", TREE)
    view = flat_nodes(constituents, merges, {})
    delta, kt = lund_delta(view)[~view.leaf], lund_kt(view)[~view.leaf]
    splittings = []
    for start, count, leaves in zip(merges.starts, merges.counts, constituents.counts, strict=True):
        merge = count - 1  # the root
        while merge >= 0:
            splittings.append(start + merge)
            merge = int(merges.values["harder"][start + merge]) - leaves  # negative: a constituent
    return delta[splittings], kt[splittings]


bins = (np.linspace(0, 5, 26), np.linspace(-3, 6, 31))
area = (bins[0][1] - bins[0][0]) * (bins[1][1] - bins[1][0])
planes = {}
for label, name in ((0, "QCD jets"), (1, "top jets")):
    chosen = records[records.label == label]
    counts, *_ = np.histogram2d(*primary_lund_plane(chosen), bins)
    planes[name] = counts / len(chosen) / area
    print(f"{name}: {counts.sum() / len(chosen):.2f} splittings of the harder branch per jet in the plane")

figure, panels = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained", sharey=True)
highest = max(density.max() for density in planes.values())
difference = planes["top jets"] - planes["QCD jets"]
for panel, (name, density) in zip(panels, planes.items(), strict=False):
    image = panel.pcolormesh(*bins, density.T, cmap="viridis", vmin=0, vmax=highest)
    panel.set_title(name)
figure.colorbar(image, ax=panels[:2], label="splittings per jet and unit area")
image = panels[2].pcolormesh(*bins, difference.T, cmap="RdBu_r", vmin=-highest, vmax=highest)
panels[2].set_title("difference, top - QCD")
figure.colorbar(image, ax=panels[2], label="splittings per jet and unit area")
for panel in panels:
    panel.set_xlabel(r"$\ln(1/\Delta)$")
panels[0].set_ylabel(r"$\ln(k_T / \mathrm{GeV})$")
figure.savefig(FIGURES / "along_trees_lund.png", dpi=90)

# %% [markdown]
# ![Primary Lund planes of QCD jets and top jets, and their difference](../figures/gallery/along_trees_lund.png)
#
# The decays of top and W are the bright spot of top jets, at $\Delta$ near 0.6 and $k_T$ near 80 GeV. Below it, both
# classes have a band of soft splittings at $k_T$ near 1 GeV, of which QCD jets have more at wide angles.
#
# ## Two cells
#
# Two Tree-LSTMs (arXiv:1503.00075) differ in what they know of the children $k$ of a node. *Child-Sum* adds up their
# states, $\tilde h = \sum_k h_k$, so their order does not matter, and there may be any number:
#
# $$i = \sigma(W_i x + U_i \tilde h + b_i) \qquad f_k = \sigma(W_f x + U_f h_k + b_f) \qquad
# C = i \tanh(W_C x + U_C \tilde h + b_C) + \sum_k f_k C_k$$
#
# *N-ary* has weights $U^{(k)}$ of its own for each place, here the harder and the softer branch. The layer of the
# taggers shows the difference, if the branches of all merges are exchanged:

# %%
nodes = random.normal(size=(1, 5, 3)).astype("float32")  # three constituents, two merges
children = np.array([[[-1, -1], [-1, -1], [-1, -1], [0, 1], [3, 2]]], "int32")
for cell in ("child_sum", "n_ary"):
    layer = Recursive(cell, 4)
    roots = [np.asarray(layer(nodes, each, np.ones((1, 5), bool))) for each in (children, children[..., ::-1])]
    change = np.abs(roots[0] - roots[1]).max()
    print(f"{cell:10s} changes by {change:.1e} if the branches are exchanged")
    assert (change < 1e-6) == (cell == "child_sum")

# %% [markdown]
# ## Which one is better?
#
# Both as taggers, with the features of their cards but fewer units, and an LSTM along descending pT with as many. Each
# is trained with three seeds on half of the demo's jets. `tw.compare` gives the uncertainties.

# %%
cards = {name: tw.Tagger.load(name) for name in ("tree_lstm_child_sum", "tree_lstm_binary", "lstm")}
sizes = {name: [UNITS] if name == "lstm" else UNITS for name in cards}
cards = {
    name: card.model_copy(update={"hyperparameters": card.hyperparameters | {"units": sizes[name]}})
    for name, card in cards.items()
}
summary = tw.summarise("top", PARTS[::2])
runs = []
for seed in SEEDS:
    for name, card in cards.items():
        trained = tw.train(card, "top", summary, PARTS[::2], name=name, epochs=EPOCHS, seed=seed)
        runs.append(tw.score(trained, PARTS))

study = tw.Study(
    title="Along trees", dataset="top", taggers=list(cards), seeds=SEEDS, epochs=EPOCHS, signal="top", background="qcd"
)
comparison = tw.compare(tw.Cards(study, tw.Dataset.load("top"), cards), runs)
print(tw.markdown(comparison))

# %% [markdown]
# | tagger | parameters | AUC | 1/ε_B at ε_S = 0.5 |
# |---|---|---|---|
# | Tree-LSTM, binary (N-ary) | 14,402 | 0.9745 ± 0.0018 | 95 (+17 -14) |
# | Tree-LSTM, Child-Sum | 8,258 | 0.9736 ± 0.0018 | 95 (+16 -14) |
# | LSTM | 9,666 | 0.9625 ± 0.0024 | 49.5 (+6.7 -5.9) |
#
# The two Tree-LSTMs cannot be distinguished with these test jets. Both are better than the LSTM, but not by the tree
# alone: their nodes also have the Lund coordinates of each merge as features. [Trees](../trees.md) has larger studies.
