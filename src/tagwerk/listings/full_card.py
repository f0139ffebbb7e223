"""A card with all its defaults, which is a card again."""

from typing import Any

from pydantic import ValidationError

from tagwerk.cards.base import Card
from tagwerk.cards.card_yaml import card_yaml
from tagwerk.cards.search import Search
from tagwerk.cards.study import Study
from tagwerk.cards.tagger import Tagger, hyperparameters


def full_text(card: Card) -> str:
    """Return a card as YAML with the defaults of all keys that it leaves out, but where leaving out has a meaning."""
    values = card.model_dump(mode="json")
    if isinstance(card, Tagger):
        values["hyperparameters"] = _hyperparameters(card)
    elif isinstance(card, Study):
        # Of the settings of training those that it sets: the others are the taggers' own.
        if card.training is not None:
            values["training"] = card.training.model_dump(mode="json", exclude_unset=True)
        values = {key: value for key, value in values.items() if _accepts(card, {key: value})}
    elif isinstance(card, Search):
        values["space"] = {key: each.model_dump(mode="json", exclude_unset=True) for key, each in card.space.items()}
    return card_yaml(values)


def _hyperparameters(tagger: Tagger) -> dict[str, Any]:
    """Return the hyperparameters of a tagger with the defaults of those that apply to it."""
    given = hyperparameters(tagger.architecture).model_validate(tagger.hyperparameters)
    values = given.model_dump(mode="json", warnings=False)  # of defaults such as 50 for a number with decimals
    return {
        key: value
        for key, value in values.items()
        if _accepts(tagger, {"hyperparameters": tagger.hyperparameters | {key: value}})
    }


def _accepts(card: Card, values: dict[str, Any]) -> bool:
    """Return whether a card may have these values: a study without taggers, for one, refuses the keys of training."""
    try:
        type(card).model_validate(card.model_dump(mode="json", exclude_unset=True) | values)
    except ValidationError:
        return False
    return True
