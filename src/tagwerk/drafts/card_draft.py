"""A card draft: the card's values, with comments and open questions for each key."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from tagwerk.cards.dataset import FILE, ROW, Dataset
from tagwerk.cards.expressions import branch_names

_PLACEHOLDER = {"color": "#000000", "files": ["x"]}


@dataclass(frozen=True)
class Draft:
    """The draft of a card for one jet collection of a file.

    Attributes:
        name: the jet collection, as selected by `--jets`.
        description: of the file, for the card's first line.
        values: the card's keys and values, as far as the file's layout gives them.
        labels: branches that may be truth labels, the most likely first.
        scalars: further per-jet variables, branch by name.
        meanings: the names of a label's values, where the file gives them.
        weights: branches that may be jet or event weights, the most likely first.
        comments: by key, such as `sequences.constituents`: the evidence, written in the lines above the key.
        checks: by key: what to check, written on the key's own line.
    """

    name: str
    description: str
    values: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    scalars: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    weights: tuple[str, ...] = ()
    comments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)

    @property
    def sequences(self) -> dict[str, dict[str, Any]]:
        """The card's sequences."""
        return dict(self.values["sequences"])

    def with_values(self, **values: Any) -> Self:
        """Return the draft with these values for keys of the card; None removes a key."""
        remaining = {key: value for key, value in {**self.values, **values}.items() if value is not None}
        return replace(self, values=remaining)

    def with_comment(self, key: str, text: str) -> Self:
        """Return the draft with one more comment above a key."""
        return replace(self, comments={**self.comments, key: [*self.comments.get(key, []), text]})

    def with_check(self, key: str, text: str) -> Self:
        """Return the draft with one more thing to check on a key's line."""
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        return replace(self, checks={**self.checks, key: "; ".join(filter(None, [self.checks.get(key), text]))})

    def rename_sequence(self, old: str, new: str) -> Self:
        """Return the draft with a sequence renamed."""

        def rename(key: str) -> str:
            return re.sub(rf"^sequences\.{old}(?=\.|$)", f"sequences.{new}", key)

        sequences = {new if name == old else name: sequence for name, sequence in self.sequences.items()}
        comments = {rename(key): texts for key, texts in self.comments.items()}
        checks = {rename(key): text for key, text in self.checks.items()}
        return replace(self.with_values(sequences=sequences), comments=comments, checks=checks)

    def defines_classes(self, branch: str) -> bool:
        """Return whether the selections of the classes use a branch."""
        return any(branch in branch_names(each["selection"]) for each in self.values["classes"] if "selection" in each)

    def probe_card(self) -> Dataset:
        """Return a card that reads every branch of the draft as an event number, with placeholder classes."""
        classes = [{"name": name, "label": name, **_PLACEHOLDER} for name in "ab"]
        # Identifying a file by its contents would read all of it.
        event = [name for name in self.values["event"] if name != FILE] or [ROW]
        event = list(dict.fromkeys([*event, *self.labels, *self.scalars.values(), *self.weights]))
        return Dataset.model_validate({**self.values, "event": event, "title": "x", "files": [], "classes": classes})
