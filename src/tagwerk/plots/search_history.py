"""The history of a hyperparameter search: validation loss by trial and versus each setting."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator

from tagwerk.cards.search import Dimension
from tagwerk.plots.style import experiment_label, panel_grid
from tagwerk.tuning.search_result import SearchResult, TrialResult

_STYLES: dict[str, dict[str, Any]] = {
    "Completed": {"marker": "o", "markersize": 6, "color": "#3f90da"},
    "Stopped early": {"marker": "x", "markersize": 6, "color": "0.55", "markeredgewidth": 1.5},
    "Initial card": {"marker": "D", "markersize": 9, "color": "black", "markerfacecolor": "none"},
    "Best": {"marker": "*", "markersize": 17, "color": "#bd1f01"},
}
_LOWEST: dict[str, Any] = {"color": "0.3", "linewidth": 1.3, "drawstyle": "steps-post", "label": "Lowest so far"}
_BEYOND = {"marker": "^", "label": "Stopped early, above the axis range"}  # drawn at the upper end
_MARGIN = 0.12


def plot_search(result: SearchResult, title: str, jets: str) -> Figure:
    """Return the validation loss of each trial, in their order and versus each setting.

    Bars are the uncertainty of the difference to the best trial.

    Args:
        result: of the search.
        title: of the search.
        jets: description of the validation jets.
    """
    figure, (first, *others) = panel_grid(1 + len(result.space.dimensions), 3, (5.2, 4.6))
    limits = _limits(result.trials)
    _plot_trials(first, result, [trial.number for trial in result.trials], limits)
    _plot_lowest(first, result.trials)
    first.set(xlabel="Trial", ylabel="Lowest validation loss")
    first.xaxis.set_major_locator(MaxNLocator(integer=True))
    first.xaxis.set_minor_locator(NullLocator())
    for axes, (key, dimension) in zip(others, result.space.dimensions.items(), strict=True):
        positions = _set_axis(axes, key, dimension, [trial.values[key] for trial in result.trials])
        _plot_trials(axes, result, positions, limits)
    figure.legend(handles=_handles(result), loc="outside lower center", ncols=3)
    bars = "bars: uncertainty of the difference to the best trial, without the spread over seeds"
    experiment_label(figure, first, title, f"{jets}; {bars}")
    return figure


def _limits(trials: list[TrialResult]) -> tuple[float, float]:
    """Return the range of the loss axis, from the completed trials."""
    losses = [trial.loss for trial in trials if trial.state == "complete"]
    margin = _MARGIN * (max(losses) - min(losses) or max(losses))
    return min(losses) - margin, max(losses) + 2 * margin


def _plot_trials(axes: Axes, result: SearchResult, positions: Sequence[float], limits: tuple[float, float]) -> None:
    for trial, position in zip(result.trials, positions, strict=True):
        for style in _styles(trial, result):
            _plot_trial(axes, trial, position, _STYLES[style], limits)
    axes.set_ylim(*limits)


def _styles(trial: TrialResult, result: SearchResult) -> list[str]:
    """Return the names of a trial's marker styles; none without a loss."""
    if np.isnan(trial.loss):
        return []
    state = "Completed" if trial.state == "complete" else "Stopped early"
    styles = ["Best" if trial is result.best else state]
    return [*styles, "Initial card"] if trial.is_start else styles


def _plot_trial(
    axes: Axes, trial: TrialResult, position: float, style: dict[str, Any], limits: tuple[float, float]
) -> None:
    if trial.loss > limits[1]:
        axes.plot(position, limits[1], linestyle="none", clip_on=False, **style | {"marker": _BEYOND["marker"]})
    else:
        error = trial.error if trial.error > 0 else None
        axes.errorbar(position, trial.loss, error, linestyle="none", elinewidth=1.1, **style)


def _plot_lowest(axes: Axes, trials: list[TrialResult]) -> None:
    complete = [trial for trial in trials if trial.state == "complete"]
    numbers = [*(trial.number for trial in complete), trials[-1].number]
    losses = [*(trial.loss for trial in complete), np.inf]
    axes.plot(numbers, np.minimum.accumulate(losses), zorder=0, **_LOWEST)


def _set_axis(axes: Axes, key: str, dimension: Dimension, values: list[Any]) -> list[float]:
    """Set up the axis of a setting; return the positions of the values on it."""
    axes.set_xlabel(key.partition(".")[2].replace("_", " ").capitalize())
    if not dimension.choices:
        axes.set_xscale("log" if dimension.log else "linear")
        return values
    labels = [_choice_text(choice) for choice in dimension.choices]
    axes.set_xticks(range(len(labels)), labels, fontsize="small")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(-0.5, len(dimension.choices) - 0.5)
    axes.tick_params(axis="x", length=0)
    for edge in range(1, len(dimension.choices)):
        axes.axvline(edge - 0.5, color="0.88", linewidth=1, zorder=0)
    return _offset([dimension.choices.index(value) for value in values])


def _offset(choices: list[int]) -> list[float]:
    """Return the choices of N trials, (N,), offset in the order of the trials so that points do not overlap."""
    last = max(len(choices) - 1, 1)
    return [choice + 0.7 * (index / last - 0.5) for index, choice in enumerate(choices)]


def _choice_text(choice: Any) -> str:
    if isinstance(choice, list):
        return ", ".join(map(_choice_text, choice)) or "none"
    return choice if isinstance(choice, str) else json.dumps(choice)


def _handles(result: SearchResult) -> list[Line2D]:
    drawn = {name for trial in result.trials for name in _styles(trial, result)}
    points = [Line2D([], [], linestyle="none", label=name, **style) for name, style in _STYLES.items() if name in drawn]
    if any(trial.loss > _limits(result.trials)[1] for trial in result.trials):
        points.append(Line2D([], [], linestyle="none", **_STYLES["Stopped early"] | _BEYOND))
    return [*points, Line2D([], [], **_LOWEST)]
