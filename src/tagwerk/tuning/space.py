"""What is tried: a tagger's settings as Optuna's parameters, and back."""

import json
from dataclasses import dataclass
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from tagwerk.cards.search import Dimension, whole_numbers, with_values
from tagwerk.cards.tagger import Tagger

Values = dict[str, Any]

_DIGITS = 4  # of a number in a card; the loss does not know more


@dataclass(frozen=True)
class Space:
    """The settings that a search may change.

    Attributes:
        tagger: the card that one begins with.
        dimensions: the values of each key, as the search's card has them.
        distributions: the same as Optuna's; choices are JSON texts there, since it takes no lists.
    """

    tagger: Tagger
    dimensions: dict[str, Dimension]
    distributions: dict[str, BaseDistribution]

    @classmethod
    def of(cls, tagger: Tagger, dimensions: dict[str, Dimension]) -> "Space":
        """Return the space of a tagger's keys, each with its values."""
        found = {key: _distribution(each, whole_numbers(tagger, key, each)) for key, each in dimensions.items()}
        return cls(tagger, dimensions, found)

    def values(self, params: Values) -> Values:
        """Return a trial's settings, in the order of the card, of Optuna's parameters."""
        return {key: _value(each, params[key]) for key, each in self.distributions.items() if key in params}

    def card(self, values: Values) -> Tagger:
        """Return the tagger's card with a trial's settings.

        Raises:
            UserError: the card does not take them together.
        """
        return with_values(self.tagger, values)

    def start(self) -> Values:
        """Return Optuna's parameters for the settings of the tagger's own card, without those outside the space."""
        return {
            key: param
            for key, each in self.distributions.items()
            if (param := _param(each, setting(self.tagger, key))) is not None
        }


def setting(tagger: Tagger, key: str) -> Any:
    """Return what a tagger's card says at a key such as `training.learning_rate`, or its default."""
    section, _, name = key.partition(".")
    value = tagger.settings[name] if section == "hyperparameters" else getattr(tagger.training, name)
    return list(value) if isinstance(value, tuple) else value


def _distribution(dimension: Dimension, whole: bool) -> BaseDistribution:
    if dimension.low is None or dimension.high is None:
        return CategoricalDistribution([json.dumps(each) for each in dimension.choices])
    if whole:
        return IntDistribution(int(dimension.low), int(dimension.high), dimension.log, int(dimension.step or 1))
    return FloatDistribution(dimension.low, dimension.high, dimension.log, dimension.step)


def _value(distribution: BaseDistribution, param: Any) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return json.loads(param)
    if isinstance(distribution, FloatDistribution):
        return min(max(float(f"{param:.{_DIGITS}g}"), distribution.low), distribution.high)
    return param


def _param(distribution: BaseDistribution, value: Any) -> Any:
    """Return the parameter that stands for a value; None where none does."""
    if isinstance(distribution, CategoricalDistribution):
        return next((each for each in distribution.choices if json.loads(str(each)) == value), None)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    if not isinstance(value, int | float) or not distribution.low <= value <= distribution.high:
        return None
    steps = (value - distribution.low) / distribution.step if distribution.step is not None else 0.0
    return value if abs(steps - round(steps)) < 1e-6 else None
