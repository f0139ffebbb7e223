"""A card that is still being written: its values, and what to say about each of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from tagwerk.cards.dataset import FILE, ROW, Dataset
from tagwerk.cards.expressions import names as branches

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
        weights: branches that may weigh a jet or its event, the likeliest first.
        remarks: by key, such as `sequences.constituents`: the evidence, in lines that stand above the key.
        checks: by key: what to look at, which stands on the key's own line.
    """

    name: str
    what: str
    values: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    scalars: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    weights: tuple[str, ...] = ()
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
        said = " ".join("".join(each if each.isprintable() else " " for each in said).split())
        return replace(self, checks={**self.checks, key: "; ".join(filter(None, [self.checks.get(key), said]))})

    def renamed(self, old: str, new: str) -> Self:
        """Return the same draft with another name of a sequence."""

        def key(each: str) -> str:
            return re.sub(rf"^sequences\.{old}(?=\.|$)", f"sequences.{new}", each)

        sequences = {new if name == old else name: each for name, each in self.sequences.items()}
        remarks = {key(each): said for each, said in self.remarks.items()}
        checks = {key(each): said for each, said in self.checks.items()}
        return replace(self.having(sequences=sequences), remarks=remarks, checks=checks)

    def tells_classes(self, branch: str) -> bool:
        """Return whether the classes follow from a branch."""
        return any(branch in branches(each["selection"]) for each in self.values["classes"] if "selection" in each)

    def trial(self) -> Dataset:
        """Return a card that reads every branch of the draft as a number of the event, with classes of nothing."""
        classes = [{"name": name, "label": name, **_PLACEHOLDER} for name in "ab"]
        # To tell a file by its contents reads all of it.
        event = [name for name in self.values["event"] if name != FILE] or [ROW]
        event = list(dict.fromkeys([*event, *self.labels, *self.scalars.values(), *self.weights]))
        return Dataset.model_validate({**self.values, "event": event, "title": "x", "files": [], "classes": classes})
