"""One jet and its clustering tree, side by side."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tagwerk.arrays import Floats, Ints
from tagwerk.jets.lund import lund_delta, lund_kt
from tagwerk.jets.nodes import FlatNodeView, flat_nodes
from tagwerk.jets.ragged import Ragged
from tagwerk.plots.style import label

_COLORS = ("#5790fc", "#f89c20", "#e42536")  # the jet's main branch, and those split off at the largest kT
_AREA = 9000.0  # of a constituent with all of the jet's pT, in points²
_LEAST = 5.0
_WIDTH = 14.0  # of a line that carries all of it, in points


def tree(constituents: Ragged, merges: Ragged, axis: tuple[float, float], *lines: str) -> Figure:
    """Return the η-φ plane of one jet beside its tree, and in both the branches of the two splittings of largest kT.

    Args:
        constituents: of the jet, their momenta in GeV and radians.
        merges: its tree's, with children and momenta.
        axis: η and φ of the jet.
        lines: what the figure is of, in words.
    """
    view = flat_nodes(constituents, merges, {"eta": np.array(axis[:1]), "phi": np.array(axis[1:])})
    children = np.stack([merges.values["harder"], merges.values["softer"]], axis=1).astype(int)
    group = _groups(children, len(constituents.owner), lund_kt(view)[len(constituents.owner) :])
    figure = Figure(figsize=(15, 7.6))
    plane, dendrogram = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    _plane(plane, view, children, group)
    _dendrogram(dendrogram, view, children, group)
    dendrogram.set_title(" ")
    label(figure, plane, *lines)
    return figure


def _groups(children: Ints, leaves: int, kt: Floats) -> Ints:
    """Return of each node, (N,), whether it is on no, the first or the second branch split off at the largest kT."""
    group = np.zeros(leaves + len(children), int)
    for number, merge in enumerate(np.sort(np.argsort(-kt)[: len(_COLORS) - 1])[::-1], 1):
        below = [children[merge, 1]]
        while below:
            node = below.pop()
            group[node] = number
            below += [*children[node - leaves]] if node >= leaves else []
    return group


def _plane(axes: Axes, view: FlatNodeView, children: Ints, group: Ints) -> None:
    x, y = view.constituents["eta"] - view.jet["eta"][0], view.constituents["phi"] - view.jet["phi"][0]
    y = np.remainder(y + np.pi, 2 * np.pi) - np.pi
    leaves, share = int(view.leaf.sum()), view.constituents["pt"] / view.constituents["pt"][-1]
    links = [[(x[child], y[child]), (x[leaves + merge], y[leaves + merge])] for merge, child in _pairs(children)]
    axes.add_collection(LineCollection(links, colors="0.75", linewidths=1, zorder=1))
    order = np.argsort(-share[:leaves])
    axes.scatter(
        x[order],
        y[order],
        _LEAST + _AREA * share[order],
        [_COLORS[each] for each in group[order]],
        alpha=0.6,
        edgecolors="0.2",
        linewidths=0.8,
        zorder=2,
    )
    reach = 1.15 * max(np.abs(x[:leaves]).max(), np.abs(y[:leaves]).max(), 0.1)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes.set(xlabel=r"$\eta-\eta_\mathrm{jet}$", ylabel=r"$\phi-\phi_\mathrm{jet}$")


def _dendrogram(axes: Axes, view: FlatNodeView, children: Ints, group: Ints) -> None:
    """Draw each merge at the distance of its branches; a line is as wide as it carries pT."""
    leaves, share = int(view.leaf.sum()), view.constituents["pt"] / view.constituents["pt"][-1]
    heights = np.exp(-lund_delta(view))
    places = _places(children, leaves)
    bottom = heights[leaves:].min() / 2
    heights[:leaves] = bottom
    lines = []
    for merge, child in _pairs(children):
        top = heights[leaves + merge]
        lines.append([(places[child], heights[child]), (places[child], top), (places[leaves + merge], top)])
    carried = [child for _, child in _pairs(children)]
    widths = [0.8 + _WIDTH * share[child] for child in carried]
    colors = [_COLORS[group[child]] for child in carried]
    axes.add_collection(LineCollection(lines, linewidths=widths, colors=colors, capstyle="round", joinstyle="round"))
    axes.scatter(
        places[:leaves],
        np.full(leaves, bottom),
        _LEAST + _AREA / 8 * share[:leaves],
        [_COLORS[each] for each in group[:leaves]],
        edgecolors="0.2",
        linewidths=0.6,
        clip_on=False,
        zorder=3,
    )
    axes.set(yscale="log", ylim=(bottom, 1.6 * heights.max()), xlim=(-1, leaves), xticks=[])
    axes.set(xlabel="Constituents, the harder branch to the left", ylabel=r"$\Delta$ of the merged branches")
    axes.minorticks_on()
    axes.tick_params(axis="x", which="both", bottom=False, top=False)


def _places(children: Ints, leaves: int) -> Floats:
    """Return where each node stands, (N,): constituents side by side as the tree has them, merges between their two."""
    places, below, next_place = np.zeros(leaves + len(children)), [leaves + len(children) - 1], 0
    while below:
        node = below.pop()
        if node < leaves:
            places[node], next_place = next_place, next_place + 1
        else:
            below += [*children[node - leaves, ::-1]]
    for merge, pair in enumerate(children):
        places[leaves + merge] = places[pair].mean()
    return places


def _pairs(children: Ints) -> list[tuple[int, int]]:
    """Return merge and child of every line of the tree."""
    return [(merge, int(child)) for merge, pair in enumerate(children) for child in pair]
