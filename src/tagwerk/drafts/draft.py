"""A card that is still being written: its values, and what to say about each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from tagwerk.cards.dataset import FILE, ROW, Dataset
from tagwerk.cards.expressions import names as branches
from tagwerk.drafts.names import spelled

_PLACEHOLDER = {"color": "#000000", "files": ["x"]}


@dataclass(frozen=True)
class Draft:
    """What a layout makes of a file, or of one of the collections of jets in it.

    Attributes:
        name: the collection of jets, by which `--jets` chooses it.
        what: what the file is, for the card's first line.
        values: the card's keys and values, so far as the file's layout tells them.
        labels: branches that may tell the truth about a jet, the likeliest first.
        scalars: a jet's further numbers, branch by name.
        meanings: the names of a label's values, where the file itself says them.
        remarks: by key, such as `sequences.constituents`: the evidence, in lines that stand above the key.
        checks: by key: what to look at, which stands on the key's own line.
    """

    name: str
    what: str
    values: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    scalars: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)

    @property
    def sequences(self) -> dict[str, dict[str, Any]]:
        """The card's sequences."""
        return dict(self.values["sequences"])

    def having(self, **values: Any) -> Self:
        """Return the same draft with other values at keys of the card; None takes a key out."""
        kept = {key: value for key, value in {**self.values, **values}.items() if value is not None}
        return replace(self, values=kept)

    def remark(self, key: str, said: str) -> Self:
        """Return the same draft with more evidence above a key."""
        return replace(self, remarks={**self.remarks, key: [*self.remarks.get(key, []), said]})

    def check(self, key: str, said: str) -> Self:
        """Return the same draft with more to look at on a key's line."""
        said = " ".join(said.split())
        return replace(self, checks={**self.checks, key: "; ".join(filter(None, [self.checks.get(key), said]))})

    def tells_classes(self, branch: str) -> bool:
        """Return whether the classes follow from a branch."""
        return any(branch in branches(each["selection"]) for each in self.values["classes"] if "selection" in each)

    def trial(self) -> Dataset:
        """Return a card that reads every branch of the draft, with classes that stand for nothing."""
        others = list(dict.fromkeys([*self.labels, *self.scalars.values()]))
        selection = {"selection": " + ".join(map(spelled, others)) + " == 0"} if others else {}
        classes = [
            {"name": "a", "label": "a", **_PLACEHOLDER, **selection},
            {"name": "b", "label": "b", **_PLACEHOLDER},
        ]
        # To tell a file by its contents reads all of it.
        event = [name for name in self.values["event"] if name != FILE] or [ROW]
        return Dataset.model_validate({**self.values, "event": event, "title": "x", "files": [], "classes": classes})
