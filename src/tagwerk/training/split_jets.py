"""The jets of one split, in memory if they fit, else read again in each pass."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.layers.schema import Schema
from tagwerk.records.parts import Part, RowGroup, list_row_groups
from tagwerk.training.loading import Jets, concatenate, read_jets
from tagwerk.training.subset import subset
from tagwerk.training.weights import JetWeights, mean_weight

Source = TypeVar("Source", Jets, RowGroup, Jets | RowGroup)

_BYTES_PER_VALUE = 4


class SplitJets:
    """The jets of one split as training sees them: of the classes trained on, with weights of about one.

    Attributes:
        schema: the names of the columns.
        counts: jets of each class, in the order of the labels.
        lengths: jets with 0, 1, 2, ... constituents in their longest sequence.
    """

    def __init__(
        self,
        sources: Sequence[Jets | RowGroup],
        schema: Schema,
        jet_weights: JetWeights,
        memory: float = 0,
        name: str = "a split",
    ) -> None:
        """Read all jets once, to count them and sum their weights.

        Args:
            sources: jets, or row groups of jet records.
            schema: the names of the columns.
            jet_weights: their weights in training.
            memory: bytes that the values of the row groups may take in memory.
            name: of the split in messages.

        Raises:
            UserError: a class to train on has no jet, or weights that sum to zero or less.
        """
        self.schema, self._jet_weights, self._name = schema, jet_weights, name
        self._max_values = max(memory / _BYTES_PER_VALUE, 1)
        fits = _num_values(sources) <= self._max_values
        self._sources = [concatenate([self._read(source) for source in sources])] if fits else list(sources)
        self._count()

    def __len__(self) -> int:
        return int(self.counts.sum())

    def pools(self, random: np.random.Generator) -> Iterator[Jets]:
        """Yield all jets, as many at a time as may be in memory.

        If there are several pools, each has row groups from all over the split, and its share of each class.
        """
        shuffled = [self._sources[index] for index in stratified_permutation(self._main_class, random)]
        for pool in _grouped(shuffled, self._max_values):
            jets = concatenate([self._read(source) for source in pool])
            yield self._jet_weights.apply(jets, self._unit, random)

    def _read(self, source: Jets | RowGroup) -> Jets:
        jets = read_jets(source, self.schema) if isinstance(source, RowGroup) else source
        return self._jet_weights.select(jets)

    def _count(self) -> None:
        classes, names = len(self.schema.classes), self.schema.classes
        counts, sums, lengths = [], np.zeros(classes), [np.zeros(1, np.int64)]
        for jets in map(self._read, self._sources):
            counts.append(np.bincount(jets.label, minlength=classes))
            sums += np.bincount(jets.label, self._jet_weights.weights(jets), classes)
            lengths.append(np.bincount(jets.lengths()))
        self.counts = np.sum(counts, axis=0)
        longest = max(map(len, lengths))
        self.lengths = np.sum([np.pad(histogram, (0, longest - len(histogram))) for histogram in lengths], axis=0)
        self._main_class = [int(count.argmax()) for count in counts]  # of each source
        trained = [names[label] for label in np.flatnonzero(self._jet_weights.factors)]
        for name in trained:
            if not self.counts[names.index(name)]:
                need = f"training needs jets of {', '.join(trained)}"
                raise UserError(f"key 'classes': no jet of class '{name}' in {self._name}; {need}: ingest more jets")
        self._unit = mean_weight({name: sums[names.index(name)] for name in trained}, len(self), self._name)


def read_split(
    parts: Sequence[Part],
    pieces: Sequence[str],
    schema: Schema,
    jet_weights: JetWeights,
    memory: float,
    count: int | None = None,
) -> SplitJets:
    """Return the jets of some pieces, such as train or fold_3, of the dataset's parts.

    If `count` is given, only as many, chosen by `subset` before any class is left out.

    Raises:
        UserError: as `list_row_groups`, `subset` and `SplitJets`.
    """
    row_groups, name = list_row_groups(parts, pieces, schema.fields()), ", ".join(pieces)
    if count is None:
        return SplitJets(row_groups, schema, jet_weights, memory, name)
    return SplitJets(subset(row_groups, count, name), schema, jet_weights, memory, f"{count} jets of {name}")


def iterate_jets(parts: Sequence[Part], pieces: Sequence[str], schema: Schema, memory: float) -> Iterator[Jets]:
    """Yield the jets of some pieces in order, with values of at most `memory` bytes at a time."""
    for group in _grouped(list_row_groups(parts, pieces, schema.fields()), memory / _BYTES_PER_VALUE):
        yield concatenate([read_jets(row_group, schema) for row_group in group])


def stratified_permutation(classes: Sequence[int], random: np.random.Generator) -> Ints:
    """Return the indices of N items in a random order in which any stretch has its share of each class.

    The n items of a class are shuffled and placed at random in n equal intervals, one in each.
    """
    labels, position = np.asarray(classes), np.empty(len(classes))
    for label in np.unique(labels):
        items = random.permutation(np.flatnonzero(labels == label))
        position[items] = (np.arange(len(items)) + random.uniform(size=len(items))) / len(items)
    return np.argsort(position)


def _grouped(sources: Sequence[Source], max_values: float) -> Iterator[list[Source]]:
    """Yield the sources in groups of at most `max_values` values, or of one source."""
    group: list[Source] = []
    values = 0
    for source in sources:
        values += _num_values([source])
        if group and values > max_values:
            yield group
            group, values = [], _num_values([source])
        group.append(source)
    yield group


def _num_values(sources: Sequence[Jets | RowGroup]) -> int:
    return sum(source.num_values for source in sources if isinstance(source, RowGroup))
