"""How a search for better settings went, and which settings did well."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, NullLocator

from tagwerk.cards.search import Dimension
from tagwerk.plots.style import grid, label
from tagwerk.tuning.search_result import Result, Tried

_STYLES: dict[str, dict[str, Any]] = {
    "Trained to the end": {"marker": "o", "markersize": 6, "color": "#3f90da"},
    "Stopped early": {"marker": "x", "markersize": 6, "color": "0.55", "markeredgewidth": 1.5},
    "Card one began with": {"marker": "D", "markersize": 9, "color": "black", "markerfacecolor": "none"},
    "Best": {"marker": "*", "markersize": 17, "color": "#bd1f01"},
}
_LOWEST: dict[str, Any] = {"color": "0.3", "linewidth": 1.3, "drawstyle": "steps-post", "label": "Lowest so far"}
_BEYOND = {"marker": "^", "label": "Stopped early, above the axis"}  # at its upper end
_ROOM = 0.12


def search(result: Result, title: str, jets: str) -> Figure:
    """Return the validation loss of each trial in their order, and against each setting.

    Bars are the error of the difference to the best trial.

    Args:
        result: of the search.
        title: of the search.
        jets: the validation jets in words.
    """
    figure, (first, *others) = grid(1 + len(result.space.dimensions), 3, (5.2, 4.6))
    limits = _limits(result.trials)
    _panel(first, result, [each.number for each in result.trials], limits)
    _draw_lowest(first, result.trials)
    first.set(xlabel="Trial", ylabel="Lowest validation loss")
    first.xaxis.set_major_locator(MaxNLocator(integer=True))
    first.xaxis.set_minor_locator(NullLocator())
    for axes, (key, dimension) in zip(others, result.space.dimensions.items(), strict=True):
        places = _scale(axes, key, dimension, [each.values[key] for each in result.trials])
        _panel(axes, result, places, limits)
    figure.legend(handles=_handles(result), loc="outside lower center", ncols=3)
    label(figure, first, title, f"{jets}; bars: error of the difference to the best trial on them, seeds not included")
    return figure


def _limits(trials: list[Tried]) -> tuple[float, float]:
    """Return the ends of the axis of losses: those of the trials that came to their end."""
    losses = [each.loss for each in trials if each.state == "complete"]
    room = _ROOM * (max(losses) - min(losses) or max(losses))
    return min(losses) - room, max(losses) + 2 * room


def _panel(axes: Axes, result: Result, places: Sequence[float], limits: tuple[float, float]) -> None:
    for trial, place in zip(result.trials, places, strict=True):
        for style in _styles(trial, result):
            _draw_point(axes, trial, place, _STYLES[style], limits)
    axes.set_ylim(*limits)


def _styles(trial: Tried, result: Result) -> list[str]:
    """Return the names of the marks that a trial gets; none without a loss."""
    if np.isnan(trial.loss):
        return []
    if trial is result.best:
        marks = ["Best"]
    else:
        marks = ["Trained to the end" if trial.state == "complete" else "Stopped early"]
    return [*marks, "Card one began with"] if trial.is_start else marks


def _draw_point(axes: Axes, trial: Tried, place: float, style: dict[str, Any], limits: tuple[float, float]) -> None:
    if trial.loss > limits[1]:
        axes.plot(place, limits[1], linestyle="none", clip_on=False, **style | {"marker": _BEYOND["marker"]})
    else:
        error = trial.error if trial.error > 0 else None
        axes.errorbar(place, trial.loss, error, linestyle="none", elinewidth=1.1, **style)


def _draw_lowest(axes: Axes, trials: list[Tried]) -> None:
    complete = [each for each in trials if each.state == "complete"]
    numbers = [*(each.number for each in complete), trials[-1].number]
    losses = [*(each.loss for each in complete), np.inf]
    axes.plot(numbers, np.minimum.accumulate(losses), zorder=0, **_LOWEST)


def _scale(axes: Axes, key: str, dimension: Dimension, values: list[Any]) -> list[float]:
    """Set the axis of a setting up; return where on it its values stand."""
    axes.set_xlabel(key.partition(".")[2].replace("_", " ").capitalize())
    if not dimension.choices:
        axes.set_xscale("log" if dimension.log else "linear")
        return values
    axes.set_xticks(range(len(dimension.choices)), [_text(each) for each in dimension.choices], fontsize="small")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(-0.5, len(dimension.choices) - 0.5)
    axes.tick_params(axis="x", length=0)
    for edge in range(1, len(dimension.choices)):
        axes.axvline(edge - 0.5, color="0.88", linewidth=1, zorder=0)
    return _beside([dimension.choices.index(each) for each in values], len(values))


def _beside(places: list[int], number: int) -> list[float]:
    """Return the places of N trials of one choice side by side, in their order, the earlier to the left."""
    return [place + 0.7 * (index / max(number - 1, 1) - 0.5) for index, place in enumerate(places)]


def _text(choice: Any) -> str:
    if isinstance(choice, list):
        return ", ".join(map(_text, choice)) or "none"
    return choice if isinstance(choice, str) else json.dumps(choice)


def _handles(result: Result) -> list[Line2D]:
    drawn = {name for each in result.trials for name in _styles(each, result)}
    points = [Line2D([], [], linestyle="none", label=name, **style) for name, style in _STYLES.items() if name in drawn]
    if any(each.loss > _limits(result.trials)[1] for each in result.trials):
        points.append(Line2D([], [], linestyle="none", **_STYLES["Stopped early"] | _BEYOND))
    return [*points, Line2D([], [], **_LOWEST)]
