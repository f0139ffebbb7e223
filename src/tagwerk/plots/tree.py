"""One jet in the η-φ plane, next to its clustering tree."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tagwerk.arrays import Floats, Ints
from tagwerk.jets.kinematics import wrap_phi
from tagwerk.jets.lund import lund_delta, lund_kt
from tagwerk.jets.nodes import FlatNodeView, flat_nodes
from tagwerk.jets.ragged import Ragged
from tagwerk.plots.style import experiment_label

_COLORS = ("#5790fc", "#f89c20", "#e42536")  # the jet's main branch, and those split off at the largest kT
_MARKER_AREA = 9000.0  # of a constituent with the full jet pT, in points²
_MIN_AREA = 5.0
_LINE_WIDTH = 14.0  # of a branch with the full jet pT, in points


def plot_tree(constituents: Ragged, merges: Ragged, axis: tuple[float, float], *lines: str) -> Figure:
    """Return the η-φ plane of one jet and its tree, with the branches of the two splittings of largest kT in colour.

    Args:
        constituents: of the jet, with momenta in GeV and radians.
        merges: of its tree, with children and momenta.
        axis: η and φ of the jet.
        lines: description of the figure.
    """
    view = flat_nodes(constituents, merges, {"eta": np.array(axis[:1]), "phi": np.array(axis[1:])})
    children = np.stack([merges.values["harder"], merges.values["softer"]], axis=1).astype(int)
    branch = _branches(children, len(constituents.jet_index), lund_kt(view)[len(constituents.jet_index) :])
    figure = Figure(figsize=(15, 7.6))
    plane, dendrogram = figure.add_subplot(1, 2, 1), figure.add_subplot(1, 2, 2)
    _plane(plane, view, children, branch)
    _dendrogram(dendrogram, view, children, branch)
    dendrogram.set_title(" ")
    experiment_label(figure, plane, *lines)
    return figure


def _branches(children: Ints, leaves: int, kt: Floats) -> Ints:
    """Return the branch of each node, (N,): 0 for the main one, 1 or 2 for those split off at the largest kT."""
    branch = np.zeros(leaves + len(children), int)
    for index, merge in enumerate(np.sort(np.argsort(-kt)[: len(_COLORS) - 1])[::-1], 1):
        stack = [children[merge, 1]]
        while stack:
            node = stack.pop()
            branch[node] = index
            stack += [*children[node - leaves]] if node >= leaves else []
    return branch


def _plane(axes: Axes, view: FlatNodeView, children: Ints, branch: Ints) -> None:
    x = view.constituents["eta"] - view.jet["eta"][0]
    y = wrap_phi(view.constituents["phi"] - view.jet["phi"][0])
    leaves, share = int(view.leaf.sum()), view.constituents["pt"] / view.constituents["pt"][-1]
    lines = [[(x[child], y[child]), (x[leaves + merge], y[leaves + merge])] for merge, child in _edges(children)]
    axes.add_collection(LineCollection(lines, colors="0.75", linewidths=1, zorder=1))
    order = np.argsort(-share[:leaves])
    axes.scatter(
        x[order],
        y[order],
        _MIN_AREA + _MARKER_AREA * share[order],
        [_COLORS[index] for index in branch[order]],
        alpha=0.6,
        edgecolors="0.2",
        linewidths=0.8,
        zorder=2,
    )
    limit = 1.15 * max(np.abs(x[:leaves]).max(), np.abs(y[:leaves]).max(), 0.1)
    axes.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    axes.set(xlabel=r"$\eta-\eta_\mathrm{jet}$", ylabel=r"$\phi-\phi_\mathrm{jet}$")


def _dendrogram(axes: Axes, view: FlatNodeView, children: Ints, branch: Ints) -> None:
    """Draw each merge at the distance of its branches; line widths scale with pT."""
    leaves, share = int(view.leaf.sum()), view.constituents["pt"] / view.constituents["pt"][-1]
    heights = np.exp(-lund_delta(view))
    positions = _positions(children, leaves)
    bottom = heights[leaves:].min() / 2
    heights[:leaves] = bottom
    lines = []
    for merge, child in _edges(children):
        top = heights[leaves + merge]
        lines.append([(positions[child], heights[child]), (positions[child], top), (positions[leaves + merge], top)])
    drawn = [child for _, child in _edges(children)]
    widths = [0.8 + _LINE_WIDTH * share[child] for child in drawn]
    colors = [_COLORS[branch[child]] for child in drawn]
    axes.add_collection(LineCollection(lines, linewidths=widths, colors=colors, capstyle="round", joinstyle="round"))
    axes.scatter(
        positions[:leaves],
        np.full(leaves, bottom),
        _MIN_AREA + _MARKER_AREA / 8 * share[:leaves],
        [_COLORS[index] for index in branch[:leaves]],
        edgecolors="0.2",
        linewidths=0.6,
        clip_on=False,
        zorder=3,
    )
    axes.set(yscale="log", ylim=(bottom, 1.6 * heights.max()), xlim=(-1, leaves), xticks=[])
    axes.set(xlabel="Constituents, the harder branch to the left", ylabel=r"$\Delta$ of the merged branches")
    axes.minorticks_on()
    axes.tick_params(axis="x", which="both", bottom=False, top=False)


def _positions(children: Ints, leaves: int) -> Floats:
    """Return the position of each node, (N,): constituents in tree order, merges midway between their children."""
    positions, stack, next_position = np.zeros(leaves + len(children)), [leaves + len(children) - 1], 0
    while stack:
        node = stack.pop()
        if node < leaves:
            positions[node], next_position = next_position, next_position + 1
        else:
            stack += [*children[node - leaves, ::-1]]
    for merge, pair in enumerate(children):
        positions[leaves + merge] = positions[pair].mean()
    return positions


def _edges(children: Ints) -> list[tuple[int, int]]:
    """Return merge and child of every edge of the tree."""
    return [(merge, int(child)) for merge, pair in enumerate(children) for child in pair]
