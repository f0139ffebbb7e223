"""The search card: which settings of a tagger are tried, in which ranges, on the jets of which study."""

from collections.abc import Iterator, Mapping
from math import floor
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from tagwerk.cards.base import Card, Section, describe, nearest, repeated, shown
from tagwerk.cards.study import Cards, Seed, check_inputs, load_cards
from tagwerk.cards.tagger import Tagger, TrainingSettings, hyperparameters
from tagwerk.cards.titles import Drawn
from tagwerk.errors import UserError

# Other weights or classes make another loss: its lowest value would say nothing about the tagger.
_LOSSES = ("classes", "class_weights")


_STEPS = 1e12  # that a range has at most, or spans


class Dimension(Section):
    """The values of one key: a range from low to high, or a list of choices."""

    low: float | None = Field(default=None, description="the lowest value of a range")
    high: float | None = Field(default=None, description="the highest value of a range")
    log: bool = Field(default=False, description="whether the values of a range are alike likely in their logarithm")
    step: PositiveFloat | None = Field(default=None, description="the distance of a range's values; any by default")
    choices: list[Any] = Field(
        default=[], max_length=100, description="instead of a range: the values, which may be lists"
    )

    @model_validator(mode="after")
    def _is_a_range_or_choices(self) -> Self:
        if self.choices and self.model_fields_set != {"choices"}:
            raise ValueError("has 'choices' and keys of a range; give either")
        if len(self.choices) == 1 or repeated(self.choices) is not None:
            raise ValueError(f"key 'choices': {shown(self.choices)}; give at least two, each once")
        if not self.choices and (self.low is None or self.high is None):
            raise ValueError("give 'low' and 'high', or 'choices'")
        return self

    @model_validator(mode="after")
    def _range_is_one(self) -> Self:
        if self.low is None or self.high is None:
            return self
        if self.low >= self.high:
            raise ValueError(f"'low' is {self.low:g} and 'high' {self.high:g}; give a lower 'low'")
        if self.log and self.low <= 0:
            raise ValueError(f"'low' is {self.low:g}, which has no logarithm; give a positive one or drop 'log'")
        if self.log and self.step is not None:
            raise ValueError("has 'log' and 'step'; give either")
        steps = (self.high - self.low) / self.step if self.step is not None else 1.0
        if steps > _STEPS or self.high - self.low > _STEPS:
            raise ValueError(f"from 'low' to 'high' is too far; give a range and steps of at most {_STEPS:g}")
        if abs(steps - round(steps)) > 1e-6:
            raise ValueError(f"from 'low' to 'high' are {steps:g} times 'step'; give a 'step' that fits")
        return self

    def extremes(self) -> list[tuple[str, Any]]:
        """Return what to try on a tagger's card beforehand, each with its key: both ends, or all choices."""
        if self.choices:
            return [(f"choices.{index}", value) for index, value in enumerate(self.choices)]
        return [("low", self.low), ("high", self.high)]


class Pruning(Section):
    """When a trial is stopped early: its lowest validation loss so far is above the median of others' at its epoch."""

    epochs: PositiveInt = Field(default=2, description="that every trial gets")
    trials: PositiveInt = Field(default=5, description="that have to come to their end before any is stopped")


class Search(Card):
    """A search for better settings of a tagger, by the lowest validation loss; test jets are not looked at."""

    title: Drawn = Field(description="the heading of the figure")
    tagger: str = Field(description="the name of a card in config/taggers, to begin with")
    study: str = Field(description="the name of a card in config/studies: whose dataset, jets, fold and epochs to use")
    trials: PositiveInt = Field(description="how many trainings in all; may be raised later, and the search goes on")
    random_trials: PositiveInt = Field(default=10, description="of them, drawn at random before learning from them")
    seed: Seed = Field(default=1, description="of what is tried, and of every training")
    workers: PositiveInt = Field(default=2, le=1000, description="jobs of the workflow that share the trials")
    pruning: Pruning = Field(default=Pruning(), description="when a trial is stopped early")
    space: dict[str, Dimension] = Field(
        min_length=1, description="keys of the tagger card, such as training.learning_rate, and the values to try"
    )


class Searched(NamedTuple):
    """A search's card and all that it names."""

    search: Search
    tagger: Tagger
    tagger_path: Path
    cards: Cards


def load_search(path: Path) -> Searched:
    """Return a search's card and all that it names, checked against one another.

    Taggers, studies and datasets lie in the folders `taggers`, `studies` and `datasets` beside the card's own.

    Raises:
        UserError: a card is missing or wrong, one names what another does not have, or the tagger refuses a value.
    """
    config = path.parent.parent if path.parent.name else path.resolve().parent.parent
    search = Search.load(path)
    cards = load_cards(_named(config / "studies", search.study, path, "study"))
    tagger_path = _named(config / "taggers", search.tagger, path, "tagger")
    tagger = Tagger.load(tagger_path)
    if tagger.engine != "keras":
        raise UserError(f"{path}: key 'tagger': '{search.tagger}' has no epochs, only networks are searched; name one")
    check_inputs(tagger_path, tagger, cards.dataset, cards.study.dataset)
    for key, dimension in search.space.items():
        _check(path, tagger, key, dimension)
    return Searched(search, tagger, tagger_path, cards)


def with_values(tagger: Tagger, values: Mapping[str, Any]) -> Tagger:
    """Return a tagger's card with other values at keys such as `training.learning_rate`.

    Raises:
        UserError: the card refuses one of them, or all together.
    """
    card = tagger.model_dump(exclude_unset=True)
    for key, value in values.items():
        section, _, name = key.partition(".")
        card[section] = card.get(section, {}) | {name: value}
    try:
        return Tagger.model_validate(card)
    except ValidationError as error:
        raise UserError("; ".join(describe(mistake) for mistake in error.errors())) from None


def whole_numbers(tagger: Tagger, key: str, dimension: Dimension) -> bool:
    """Return whether a tagger's card takes no fractions at a key that has a range."""
    if dimension.low is None or dimension.high is None:
        return False
    try:
        with_values(tagger, {key: floor((dimension.low + dimension.high) / 2) + 0.5})
    except UserError:
        return dimension.low.is_integer() and dimension.high.is_integer()
    return False


def searchable(tagger: Tagger) -> Iterator[str]:
    """Yield the keys of a tagger's card that a search may change: all that leave the meaning of its loss as it is."""
    yield from (f"training.{name}" for name in TrainingSettings.model_fields if name not in _LOSSES)
    yield from (f"hyperparameters.{name}" for name in hyperparameters(tagger.architecture).model_fields)


def _check(path: Path, tagger: Tagger, key: str, dimension: Dimension) -> None:
    """Raise UserError where a key is none to search, or the tagger's card refuses an end of its range or a choice."""
    known = list(searchable(tagger))
    if key not in known:
        raise UserError(f"{path}: key 'space': '{key}' is no key of the tagger's to search; {nearest(key, known)}")
    whole = whole_numbers(tagger, key, dimension)
    if whole and dimension.step is not None and not dimension.step.is_integer():
        raise UserError(f"{path}: key 'space.{key}.step': {dimension.step:g}, the tagger takes whole numbers; give one")
    for name, value in dimension.extremes():
        place = f"{path}: key 'space.{key}.{name}'"
        try:
            tried = with_values(tagger, {key: int(value) if whole else value})
        except UserError as mistake:
            raise UserError(f"{place}: the tagger's card refuses {value!r}: {mistake}") from None
        if tried.losses != tagger.losses:
            raise UserError(f"{place}: {value!r} makes another loss, which cannot be compared; leave the key out")


def _named(folder: Path, name: str, path: Path, key: str) -> Path:
    known = [file.stem for file in folder.glob("*.yaml")]
    if name not in known:
        raise UserError(f"{path}: key '{key}': there is no '{name}' in {folder}; {nearest(name, known)}")
    return folder / f"{name}.yaml"
