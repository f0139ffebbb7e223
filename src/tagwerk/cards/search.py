"""The search card: which settings of a tagger to try, in which ranges, on the jets of which study."""

from collections.abc import Iterator, Mapping
from math import floor
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from tagwerk.cards.base import Card, Section, describe_error, first_duplicate, short_repr, suggestion
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.locate import card_path, named_card
from tagwerk.cards.study import Seed, Study
from tagwerk.cards.study_cards import Cards
from tagwerk.cards.tagger import Tagger, TrainingSettings, hyperparameters
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.cards.titles import FigureText
from tagwerk.errors import UserError

# Other classes or weights change the loss: its minimum would say nothing about the tagger.
_CHANGE_LOSS = ("classes", "class_weights")
_MAX_STEPS = 1e12  # also the maximum span of a range


class Dimension(Section):
    """The values of one key: a range from low to high, or a list of choices."""

    low: float | None = Field(default=None, description="lower end of a range")
    high: float | None = Field(default=None, description="upper end of a range")
    log: bool = Field(default=False, description="whether a range is sampled uniformly in the logarithm")
    step: PositiveFloat | None = Field(default=None, description="step of a range; continuous by default")
    choices: list[Any] = Field(
        default=[], max_length=100, description="values to choose from, instead of a range; may be lists"
    )

    @model_validator(mode="after")
    def _is_a_range_or_choices(self) -> Self:
        if self.choices and self.model_fields_set != {"choices"}:
            raise ValueError("has 'choices' and keys of a range; give one or the other")
        if len(self.choices) == 1 or first_duplicate(self.choices) is not None:
            raise ValueError(f"key 'choices': {short_repr(self.choices)}; give at least two, all different")
        if not self.choices and (self.low is None or self.high is None):
            raise ValueError("give 'low' and 'high', or 'choices'")
        return self

    @model_validator(mode="after")
    def _range_is_valid(self) -> Self:
        if self.low is None or self.high is None:
            return self
        if self.low >= self.high:
            raise ValueError(f"'low' is {self.low:g} and 'high' {self.high:g}; give a lower 'low'")
        if self.log and self.low <= 0:
            raise ValueError(f"'low' is {self.low:g}, which has no logarithm; give a positive one or drop 'log'")
        if self.log and self.step is not None:
            raise ValueError("has 'log' and 'step'; give one or the other")
        steps = (self.high - self.low) / self.step if self.step is not None else 1.0
        if steps > _MAX_STEPS or self.high - self.low > _MAX_STEPS:
            raise ValueError(f"the range is too wide; give a span, and a number of steps, of at most {_MAX_STEPS:g}")
        if abs(steps - round(steps)) > 1e-6:
            raise ValueError(f"from 'low' to 'high' is {steps:g} times 'step'; give a 'step' that divides the range")
        return self

    def values_to_check(self) -> list[tuple[str, Any]]:
        """Return the values to validate against the tagger's card, with their keys: both ends, or all choices."""
        if self.choices:
            return [(f"choices.{index}", value) for index, value in enumerate(self.choices)]
        return [("low", self.low), ("high", self.high)]


class Pruning(Section):
    """When to stop a trial early: its lowest validation loss so far is above the others' median at that epoch."""

    epochs: PositiveInt = Field(default=2, description="epochs that every trial gets")
    trials: PositiveInt = Field(default=5, description="trials that must finish before any is stopped")


class Search(Card):
    """A search for better settings of a tagger, by lowest validation loss; test jets are never used."""

    FOLDER = "searches"

    title: FigureText = Field(description="title of the figure")
    tagger: str | None = Field(default=None, description="name of the card in config/taggers to start from")
    taggers: list[str] = Field(
        default=[], description="instead of `tagger`, names of several cards; each gets these trials and a result"
    )
    study: str = Field(description="name of a card in config/studies; its dataset, jets, fold and epochs are used")
    training_jets: PositiveInt | None = Field(
        default=None, description="number of training jets, drawn as in a study's `training_jets`; all by default"
    )
    trials: PositiveInt = Field(description="total number of trainings; raise it later to continue the search")
    random_trials: PositiveInt = Field(
        default=10, description="number of random trials, before the search learns from their results"
    )
    seed: Seed = Field(default=1, description="seed of the search and of every training")
    workers: PositiveInt = Field(default=2, le=1000, description="workflow jobs that share the trials")
    pruning: Pruning = Field(default=Pruning(), description="when to stop a trial early")
    space: dict[str, Dimension] = Field(
        min_length=1, description="values to try, by key of the tagger card, such as training.learning_rate"
    )

    @model_validator(mode="after")
    def _names_taggers_once(self) -> Self:
        if (self.tagger is None) == (not self.taggers):
            raise ValueError(
                "give 'tagger' or 'taggers', not both" if self.taggers else "key 'tagger' is missing; add it"
            )
        if (name := first_duplicate(self.taggers)) is not None:
            raise ValueError(f"key 'taggers': '{name}' is duplicated; give it once")
        return self


class SearchCards(NamedTuple):
    """A search card, one of the taggers that it names, and the cards of its study."""

    search: Search
    tagger: Tagger
    tagger_path: Path
    cards: Cards

    @property
    def title(self) -> str:
        """The title of the figure, with that of the tagger if the search has several."""
        return f"{self.search.title}: {self.tagger.title}" if self.search.taggers else self.search.title


def load_searches(card: Path | str) -> dict[str, SearchCards]:
    """Return a search card, given by path or name, and all cards that it names, by tagger.

    Taggers, studies and datasets are in the folders of these names next to the card's own, or Tagwerk's own.

    Raises:
        UserError: a card is missing or wrong, a name in one is not in another, or a tagger refuses a value.
    """
    path, search = Search.located(card)
    cards = load_cards(named_card(Study.FOLDER, search.study, path, "study"))
    if cards.dataset is None or cards.study.dataset is None:
        raise UserError(
            f"{path}: key 'study': '{search.study}' has score files but no dataset to train on; name another"
        )
    key, names = ("tagger", [search.tagger]) if search.tagger is not None else ("taggers", search.taggers)
    return {name: _of_tagger(path, search, cards, key, name) for name in names}


def load_search(card: Path | str, tagger: str | None = None) -> SearchCards:
    """Return a search card and all cards that it names, for one of its taggers; None if it names one only.

    Raises:
        UserError: as in `load_searches`, or the search has no such tagger.
    """
    found = load_searches(card)
    if tagger is None and len(found) == 1:
        return next(iter(found.values()))
    if tagger not in found:
        problem = (
            "has several taggers; name one of them with --tagger" if tagger is None else f"has no tagger '{tagger}'"
        )
        raise UserError(f"{card_path(Search.FOLDER, card)}: {problem}; {suggestion(tagger or '', list(found))}")
    return found[tagger]


def _of_tagger(path: Path, search: Search, cards: Cards, key: str, name: str) -> SearchCards:
    """Return the cards of a search for a tagger that one of its keys names.

    Raises:
        UserError: the tagger's card is missing or wrong, or it refuses a value.
    """
    tagger_path, tagger = Tagger.located(named_card(Tagger.FOLDER, name, path, key))
    if tagger.engine != "keras":
        raise UserError(f"{path}: key '{key}': '{name}' has no epochs; name a network")
    check_inputs(tagger_path, tagger, cards.require_dataset(), str(cards.study.dataset))
    for varied, dimension in search.space.items():
        _check_dimension(path, name, tagger, varied, dimension)
    return SearchCards(search, tagger, tagger_path, cards)


def with_values(tagger: Tagger, values: Mapping[str, Any]) -> Tagger:
    """Return a tagger's card with new values at keys such as `training.learning_rate`.

    Raises:
        UserError: the card refuses one of them, or their combination.
    """
    card = tagger.model_dump(exclude_unset=True)
    for key, value in values.items():
        section, _, name = key.partition(".")
        card[section] = card.get(section, {}) | {name: value}
    try:
        return Tagger.model_validate(card)
    except ValidationError as error:
        raise UserError("; ".join(describe_error(detail) for detail in error.errors())) from None


def takes_integers(tagger: Tagger, key: str, dimension: Dimension) -> bool:
    """Return whether a tagger's card takes only integers at a key that has a range."""
    if dimension.low is None or dimension.high is None:
        return False
    try:
        with_values(tagger, {key: floor((dimension.low + dimension.high) / 2) + 0.5})
    except UserError:
        return dimension.low.is_integer() and dimension.high.is_integer()
    return False


def searchable_keys(tagger: Tagger) -> Iterator[str]:
    """Yield the keys of a tagger's card that a search may vary: all that do not change what the loss means."""
    yield from (f"training.{name}" for name in TrainingSettings.model_fields if name not in _CHANGE_LOSS)
    yield from (f"hyperparameters.{name}" for name in hyperparameters(tagger.architecture).model_fields)


def _check_dimension(path: Path, name: str, tagger: Tagger, key: str, dimension: Dimension) -> None:
    """Raise UserError if a key cannot be searched, or the card of a tagger refuses an end of its range or a choice."""
    known = list(searchable_keys(tagger))
    if key not in known:
        raise UserError(
            f"{path}: key 'space': '{key}' is not a key that can be searched for '{name}'; {suggestion(key, known)}"
        )
    integers = takes_integers(tagger, key, dimension)
    if integers and dimension.step is not None and not dimension.step.is_integer():
        raise UserError(f"{path}: key 'space.{key}.step': {dimension.step:g}, but the tagger takes integers; give one")
    for where, value in dimension.values_to_check():
        location = f"{path}: key 'space.{key}.{where}'"
        try:
            varied = with_values(tagger, {key: int(value) if integers else value})
        except UserError as error:
            raise UserError(f"{location}: the card of '{name}' refuses {value!r}: {error}") from None
        if varied.loss_weights != tagger.loss_weights:
            raise UserError(f"{location}: {value!r} changes the loss, so trials cannot be compared; leave the key out")
