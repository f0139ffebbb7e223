"""Sequences of any kind with their targets, of each sequence or of each step."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from tagwerk.arrays import Floats32, Ints, Values
from tagwerk.cards.excerpts import first_duplicate
from tagwerk.errors import UserError
from tagwerk.jets.ordering import starts
from tagwerk.training.example_arrays import Steps, lists_of, matrix_of, numbers
from tagwerk.training.examples import Inputs
from tagwerk.training.loading import ListArray


@dataclass(frozen=True)
class Sequences:
    """N examples, each with one sequence or more, fixed variables and targets, to which `tagwerk.fit` fits a model.

    The model has a dictionary of inputs: for each sequence its steps (B, T, F), padded to the longest of the batch, and
    `<name>_mask` (B, T), true where real; for fixed variables (B, F).

    Attributes:
        steps: of each sequence, by name.
        fixed: fixed variables by name, (N, F).
        targets_: of the model's outputs of these names, (N,) or (N, K).
        step_targets: the same with one target per step.
        weights: (N,).
    """

    steps: dict[str, ListArray]
    fixed: dict[str, Floats32]
    targets_: dict[str, Values]
    step_targets: dict[str, ListArray]
    weights: Floats32

    @classmethod
    def of(
        cls,
        steps: Mapping[str, Steps],
        *,
        fixed: Mapping[str, Values] | None = None,
        targets: Mapping[str, Values] | None = None,
        step_targets: Mapping[str, Steps] | None = None,
        weights: Values | None = None,
    ) -> Self:
        """Return examples from arrays.

        Args:
            steps: by name, N sequences: a list of arrays (T, F) or (T,), an array (N, T, F) or (N, T), or an Awkward
                array.
            fixed: by name, (N, F) or (N,).
            targets: one per example, by the model's output that is to predict it, (N,) or (N, K).
            step_targets: one per step, given as `steps`.
            weights: of the examples, (N,), by default one.

        Raises:
            UserError: there is no sequence, two inputs or two targets have one name, values are no numbers, arrays have
                different numbers of examples, or a target per step no sequence of its length.
        """
        _check_names([*steps, *(f"{name}_mask" for name in steps), *(fixed or {})], "inputs")
        _check_names([*(targets or {}), *(step_targets or {}), "weight"], "targets")
        if not steps:
            raise UserError("'steps' is empty; give one sequence at least")
        lists = {name: lists_of(name, values) for name, values in steps.items()}
        targets_of_steps = {name: lists_of(name, values) for name, values in (step_targets or {}).items()}
        matrices = {name: matrix_of(name, values) for name, values in (fixed or {}).items()}
        labels = {name: numbers(name, values) for name, values in (targets or {}).items()}
        count = len(next(iter(lists.values())).counts)
        ones = np.ones(count, np.float32) if weights is None else numbers("weights", weights).astype(np.float32)
        sizes = {name: len(each.counts) for name, each in {**lists, **targets_of_steps}.items()}
        sizes |= {name: len(each) for name, each in {**matrices, **labels, "weights": ones}.items()}
        for name, size in sizes.items():
            if size != count:
                counts = f"{size:,} examples, '{next(iter(lists))}' {count:,}"
                raise UserError(f"'{name}' has {counts}; give as many of each")
        examples = cls(lists, matrices, labels, targets_of_steps, ones)
        for name in targets_of_steps:
            examples.sequence_of(name)
        return examples

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def target_names(self) -> set[str]:
        """The names of all targets."""
        return {*self.targets_, *self.step_targets}

    def sequence_of(self, target: str) -> str:
        """Return the first sequence that is as long as a target per step, in all examples."""
        counts = self.step_targets[target].counts
        for name, lists in self.steps.items():
            if np.array_equal(lists.counts, counts):
                return name
        raise UserError(f"'{target}' has other lengths than every sequence; give one target per step")

    def lengths(self) -> Ints:
        """Return the length of each example's longest sequence, (N,)."""
        return np.asarray(np.max([lists.counts for lists in self.steps.values()], axis=0))

    def inputs(self, rows: Ints, length: int) -> Inputs:
        """Return a model's inputs for some examples."""
        arrays: Inputs = {name: values[rows] for name, values in self.fixed.items()}
        for name, lists in self.steps.items():
            arrays[name], arrays[f"{name}_mask"] = lists.padded(rows, length)
        return arrays

    def targets(self, rows: Ints, length: int) -> Inputs:
        """Return a model's targets for some examples, and `weight` (B,).

        They are (B,) or (B, K), and of steps (B, length) or (B, length, K).
        """
        arrays: Inputs = {"weight": self.weights[rows]}
        arrays |= {name: values[rows] for name, values in self.targets_.items()}
        for name, lists in self.step_targets.items():
            values, _ = lists.padded(rows, length)
            arrays[name] = values[..., 0] if values.shape[-1] == 1 else values
        return arrays

    def take(self, rows: Ints) -> Self:
        """Return the examples in these rows, which may repeat."""
        return type(self)(
            {name: lists.take(rows) for name, lists in self.steps.items()},
            {name: values[rows] for name, values in self.fixed.items()},
            {name: values[rows] for name, values in self.targets_.items()},
            {name: lists.take(rows) for name, lists in self.step_targets.items()},
            self.weights[rows],
        )

    def with_more(self, other: Self) -> Self:
        """Return these examples and then others."""
        return type(self)(
            {name: _joined(lists, other.steps[name]) for name, lists in self.steps.items()},
            {name: np.concatenate([values, other.fixed[name]]) for name, values in self.fixed.items()},
            {name: np.concatenate([values, other.targets_[name]]) for name, values in self.targets_.items()},
            {name: _joined(lists, other.step_targets[name]) for name, lists in self.step_targets.items()},
            np.concatenate([self.weights, other.weights]),
        )

    def pools(self, random: np.random.Generator) -> Iterator[Self]:
        """Yield all examples at once."""
        yield self

    def to_packed(self) -> Self:
        """Return the examples as they are."""
        return self

    def variable(self, name: str, column: int) -> str:
        """Return the name of a column of an input."""
        return f"{name}[{column}]"

    def identity(self, row: int) -> str:
        """Return in words which example is in a row."""
        return f"example {row}"


def _check_names(names: list[str], what: str) -> None:
    if (name := first_duplicate(names)) is not None:
        raise UserError(f"'{name}' is the name of two {what}; give each its own")


def _joined(first: ListArray, second: ListArray) -> ListArray:
    counts = np.concatenate([first.counts, second.counts])
    content = np.concatenate([first.to_packed().content, second.to_packed().content])
    return ListArray(content, starts(counts), counts)
