"""What batches are made from: jets, or sequences of any other kind."""

from collections.abc import Iterator
from typing import Any, Protocol, Self

import numpy as np

from tagwerk.arrays import Ints, Values

Inputs = dict[str, Values]


class Examples(Protocol):
    """N examples in memory."""

    def __len__(self) -> int: ...

    def lengths(self) -> Ints:
        """Return the length of each example's longest sequence, (N,)."""

    def inputs(self, rows: Ints, length: int) -> Inputs:
        """Return a model's inputs for some examples, with sequences padded to `length` and their masks."""

    def targets(self, rows: Ints, length: int) -> Inputs:
        """Return a model's targets for some examples, and their `weight` (B,)."""

    def take(self, rows: Ints) -> Self:
        """Return the examples in these rows."""

    def to_packed(self) -> Self:
        """Return the same examples without what others have left in memory."""

    def with_more(self, other: Any) -> "Examples":
        """Return these examples and then others."""

    def variable(self, name: str, column: int) -> str:
        """Return the name of a column of an input."""

    def identity(self, row: int) -> str:
        """Return in words which example is in a row."""


class ExampleSource(Protocol):
    """All examples of a split, in windows that are shuffled at once."""

    def __len__(self) -> int: ...

    def pools(self, random: np.random.Generator) -> Iterator[Examples]:
        """Yield all examples, a window at a time."""
