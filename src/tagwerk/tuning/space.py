"""The search space: a tagger's settings as Optuna parameters, and back."""

import json
from dataclasses import dataclass
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from tagwerk.cards.search import Dimension, takes_integers, with_values
from tagwerk.cards.tagger import Tagger

SettingValues = dict[str, Any]

_DIGITS = 4  # significant digits in a card; the loss is not sensitive to more


@dataclass(frozen=True)
class Space:
    """The settings that a search may change.

    Attributes:
        tagger: the initial card.
        dimensions: the values of each key, as in the search card.
        distributions: the same for Optuna; choices are JSON strings, since it takes no lists.
    """

    tagger: Tagger
    dimensions: dict[str, Dimension]
    distributions: dict[str, BaseDistribution]

    @classmethod
    def of(cls, tagger: Tagger, dimensions: dict[str, Dimension]) -> "Space":
        """Return the space of these keys of a tagger, each with its values."""
        distributions = {
            key: _distribution(dimension, takes_integers(tagger, key, dimension))
            for key, dimension in dimensions.items()
        }
        return cls(tagger, dimensions, distributions)

    def values(self, params: SettingValues) -> SettingValues:
        """Return the settings of a trial, in the order of the card, from Optuna's parameters."""
        return {
            key: _value(distribution, params[key]) for key, distribution in self.distributions.items() if key in params
        }

    def card(self, values: SettingValues) -> Tagger:
        """Return the tagger card with the settings of a trial.

        Raises:
            UserError: the settings are incompatible.
        """
        return with_values(self.tagger, values)

    def start_params(self) -> SettingValues:
        """Return Optuna's parameters for the settings of the initial card, without those outside the space."""
        return {
            key: param
            for key, distribution in self.distributions.items()
            if (param := _param(distribution, setting(self.tagger, key))) is not None
        }


def setting(tagger: Tagger, key: str) -> Any:
    """Return a tagger card's value of a key such as `training.learning_rate`, or its default."""
    section, _, name = key.partition(".")
    value = tagger.all_hyperparameters[name] if section == "hyperparameters" else getattr(tagger.training, name)
    return json.loads(json.dumps(value))  # with lists in place of tuples, as in a card


def _distribution(dimension: Dimension, integer: bool) -> BaseDistribution:
    if dimension.low is None or dimension.high is None:
        return CategoricalDistribution([json.dumps(choice) for choice in dimension.choices])
    if integer:
        return IntDistribution(int(dimension.low), int(dimension.high), dimension.log, int(dimension.step or 1))
    return FloatDistribution(dimension.low, dimension.high, dimension.log, dimension.step)


def _value(distribution: BaseDistribution, param: Any) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return json.loads(param)
    if isinstance(distribution, FloatDistribution):
        return min(max(float(f"{param:.{_DIGITS}g}"), distribution.low), distribution.high)
    return param


def _param(distribution: BaseDistribution, value: Any) -> Any:
    """Return the parameter for a value; None if the value is outside the distribution."""
    if isinstance(distribution, CategoricalDistribution):
        return next((choice for choice in distribution.choices if json.loads(str(choice)) == value), None)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    if not isinstance(value, int | float) or not distribution.low <= value <= distribution.high:
        return None
    steps = (value - distribution.low) / distribution.step if distribution.step is not None else 0.0
    return value if abs(steps - round(steps)) < 1e-6 else None
