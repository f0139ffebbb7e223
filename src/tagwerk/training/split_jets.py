"""The jets of one split, in windows that are shuffled at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.layers.schema import Schema
from tagwerk.records.parts import Part, RowGroup, list_row_groups
from tagwerk.stopping import stop_if_asked
from tagwerk.training.loading import Jets, concatenate, join, read_jets
from tagwerk.training.memory import MemoryLimit
from tagwerk.training.subset import subset
from tagwerk.training.weights import JetWeights, mean_weight

_BYTES_PER_VALUE = 4
WINDOW = 1 << 25  # values (134 MB) that are shuffled or scored at once, for training as many per class


class SplitJets:
    """The jets of one split as training sees them: of the classes trained on, with weights of about one.

    Jets that are more than a window are read again in each pass, window by window. Which jets share a window depends on
    the jets and the seed alone, so that the result is the same with any memory; the memory left decides how many row
    groups are kept from one pass to the next.

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
        window: int = WINDOW,
        name: str = "a split",
        limit: MemoryLimit | None = None,
    ) -> None:
        """Read all jets once, to count them and sum their weights.

        Args:
            sources: jets, or row groups of jet records.
            schema: the names of the columns.
            jet_weights: their weights in training.
            window: number of values of the row groups that are shuffled at once.
            name: of the split in messages.
            limit: on the memory of the process; without one, all jets are kept in memory.

        Raises:
            UserError: a class to train on has no jet, or weights that sum to zero or less.
        """
        self.schema, self._jet_weights, self._name = schema, jet_weights, name
        self._window, self._limit = window, limit
        self._kept: dict[int, Jets] = {}
        self._room, self._passes = 0.0, 0
        fits = sum(map(_num_values, sources)) <= window
        self._sources = [concatenate([self._read(source) for source in sources])] if fits else list(sources)
        self._count()

    def __len__(self) -> int:
        return int(self.counts.sum())

    @property
    def in_memory(self) -> int:
        """Bytes of the jets that are in memory at the same time, at least."""
        (first, *others) = self._sources
        return _BYTES_PER_VALUE * self._window if others or isinstance(first, RowGroup) else first.nbytes

    def pools(self, random: np.random.Generator) -> Iterator[Jets]:
        """Yield all jets, a window at a time.

        If there are several, each has row groups from all over the split, and its share of each class.
        """
        self._start_pass()
        order = stratified_permutation(self._main_class, random)
        for window in _windows([_num_values(self._sources[index]) for index in order], self._window):
            yield self._weighted(order[window], random)

    def everything(self, random: np.random.Generator) -> Jets:
        """Return all jets at once."""
        return self._weighted(stratified_permutation(self._main_class, random), random)

    def _weighted(self, indices: Iterable[int], random: np.random.Generator) -> Jets:
        """Return the jets of these sources, with their weights."""
        indices = list(indices)
        if len(indices) == 1:
            jets = self._load(indices[0])
        else:
            jets = join(map(self._load, indices), sum((self._sizes[index] for index in indices), Counter()))
        return self._jet_weights.apply(jets, self._unit, random)

    def _start_pass(self) -> None:
        """Find how much memory is left, once a complete epoch has shown how much is taken."""
        self._passes += 1
        if self._limit is None:
            self._room = np.inf
        elif self._limit.is_exceeded():
            self._kept.clear()
            self._room = 0.0
        else:
            self._room = self._limit.room() if self._passes > 1 else 0.0

    def _load(self, index: int) -> Jets:
        """Return the jets of a source, which are kept if there is room for them."""
        if index in self._kept:
            return self._kept[index]
        source = self._sources[index]
        if isinstance(source, Jets):
            return self._read(source)
        stop_if_asked()
        jets = self._read(source)
        if self._room > jets.nbytes:
            jets = self._kept[index] = jets.to_packed()
            self._room -= jets.nbytes
        return jets

    def _read(self, source: Jets | RowGroup) -> Jets:
        jets = read_jets(source, self.schema) if isinstance(source, RowGroup) else source
        return self._jet_weights.select(jets)

    def _count(self) -> None:
        classes, names = len(self.schema.classes), self.schema.classes
        counts, sums, lengths = [], np.zeros(classes), [np.zeros(1, np.int64)]
        self._sizes = []
        for jets in map(self._read, self._sources):
            self._sizes.append(jets.sizes())
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
    window: int = WINDOW,
    count: int | None = None,
    limit: MemoryLimit | None = None,
) -> SplitJets:
    """Return the jets of some pieces, such as train or fold_3, of the dataset's parts.

    If `count` is given, only as many, chosen by `subset` before any class is left out.

    Raises:
        UserError: as `list_row_groups`, `subset` and `SplitJets`.
    """
    row_groups, name = list_row_groups(parts, pieces, schema.fields()), ", ".join(pieces)
    if count is None:
        return SplitJets(row_groups, schema, jet_weights, window, name, limit)
    return SplitJets(subset(row_groups, count, name), schema, jet_weights, window, f"{count} jets of {name}", limit)


def iterate_jets(parts: Sequence[Part], pieces: Sequence[str], schema: Schema, window: int = WINDOW) -> Iterator[Jets]:
    """Yield the jets of some pieces in order, with at most as many values at a time as a window has."""
    row_groups = list_row_groups(parts, pieces, schema.fields())
    for indices in _windows(list(map(_num_values, row_groups)), window):
        yield concatenate([read_jets(row_groups[index], schema) for index in indices])


def stratified_permutation(classes: Sequence[int], random: np.random.Generator) -> Ints:
    """Return the indices of N items in a random order in which any stretch has its share of each class.

    The n items of a class are shuffled and placed at random in n equal intervals, one in each.
    """
    labels, position = np.asarray(classes), np.empty(len(classes))
    for label in np.unique(labels):
        items = random.permutation(np.flatnonzero(labels == label))
        position[items] = (np.arange(len(items)) + random.uniform(size=len(items))) / len(items)
    return np.argsort(position)


def _windows(num_values: Sequence[int], window: int) -> Iterator[list[int]]:
    """Yield the indices of successive sources with together at most `window` values, or of one source."""
    indices: list[int] = []
    total = 0
    for index, values in enumerate(num_values):
        if indices and total + values > window:
            yield indices
            indices, total = [], 0
        indices.append(index)
        total += values
    yield indices


def _num_values(source: Jets | RowGroup) -> int:
    """Return the number of values of a row group; jets count as none, since they are in memory."""
    return source.num_values if isinstance(source, RowGroup) else 0
