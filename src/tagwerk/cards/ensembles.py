"""The key `ensembles` of a study: groups of taggers, the best of each of which are evaluated as one classifier."""

from typing import Annotated

from annotated_types import MinLen
from pydantic import AfterValidator

from tagwerk.cards.base import first_duplicate


def _taggers_are_unique(groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """Refuse a tagger that is named twice: averaged with itself it would count twice, or gain nothing."""
    if (name := first_duplicate(name for names in groups.values() for name in names)) is not None:
        raise ValueError(f"'{name}' is duplicated; name it in one group, once")
    return groups


def _ensembles_are_unique(ensembles: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Refuse two ensembles of the same groups, whatever their names and order."""
    contents = [{frozenset(names) for names in groups.values()} for groups in ensembles]
    for index, content in enumerate(contents):
        if (first := contents.index(content)) < index:
            raise ValueError(f"entries {first} and {index} have the same groups; drop one")
    return ensembles


_Groups = Annotated[
    dict[str, Annotated[list[str], MinLen(1)]],
    MinLen(2),
    AfterValidator(_taggers_are_unique),
]
Ensembles = Annotated[list[_Groups], AfterValidator(_ensembles_are_unique)]
