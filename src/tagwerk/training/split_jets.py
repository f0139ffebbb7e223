"""The jets of one split, in memory where they fit there, else read anew whenever they are gone over."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.layers.schema import Schema
from tagwerk.records.store import RowGroup, chunks_of
from tagwerk.training.loading import Jets, joined, read_jets
from tagwerk.training.subset import Some, subset
from tagwerk.training.weights import Weighing, unit_of

Piece = TypeVar("Piece", Jets, RowGroup, Jets | RowGroup)

_BYTES = 4  # a number takes so many in memory


class SplitJets:
    """The jets of one split as training sees them: of the classes that it wants, with weights about one.

    Attributes:
        schema: what their columns are.
        counts: how many there are of each class, in the order of the labels.
        lengths: how many have 0, 1, 2, ... constituents in their longest sequence.
    """

    def __init__(
        self,
        pieces: Sequence[Jets | RowGroup],
        schema: Schema,
        weighing: Weighing,
        memory: float = 0,
        name: str = "a split",
    ) -> None:
        """Look at all jets once.

        Args:
            pieces: jets, or chunks of records on disk.
            schema: what their columns are.
            weighing: what each counts.
            memory: how many bytes the numbers of those on disk may take in memory.
            name: what a message calls them.

        Raises:
            UserError: a class that is wanted has no jet, or weights that add up to zero or less.
        """
        self.schema, self._weighing, self._name = schema, weighing, name
        self._most = max(memory / _BYTES, 1)
        fits = _numbers(pieces) <= self._most
        self._pieces = [joined([self._read(each) for each in pieces])] if fits else list(pieces)
        self._survey()

    def __len__(self) -> int:
        return int(self.counts.sum())

    def pools(self, random: np.random.Generator) -> Iterator[Jets]:
        """Yield all jets, as many at a time as may be in memory.

        Where there is more than one pool, each has chunks from all over the split, and of each class its share.
        """
        order = [self._pieces[index] for index in interleaved(self._kinds, random)]
        for pool in _grouped(order, self._most):
            jets = joined([self._read(each) for each in pool])
            yield self._weighing.weighted(jets, self._unit, random)

    def _read(self, piece: Jets | RowGroup) -> Jets:
        jets = read_jets(piece, self.schema) if isinstance(piece, RowGroup) else piece
        return self._weighing.wanted(piece.taken(jets) if isinstance(piece, Some) else jets)

    def _survey(self) -> None:
        classes, names = len(self.schema.classes), self.schema.classes
        counts, sums, lengths = [], np.zeros(classes), [np.zeros(1, np.int64)]
        for jets in map(self._read, self._pieces):
            counts.append(np.bincount(jets.label, minlength=classes))
            sums += np.bincount(jets.label, self._weighing.weights(jets), classes)
            lengths.append(np.bincount(jets.lengths()))
        self.counts = np.sum(counts, axis=0)
        self.lengths = np.sum([np.pad(each, (0, max(map(len, lengths)) - len(each))) for each in lengths], axis=0)
        self._kinds = [int(each.argmax()) for each in counts]
        wanted = [names[label] for label in np.flatnonzero(self._weighing.factors)]
        for name in wanted:
            if not self.counts[names.index(name)]:
                need = f"training needs jets of {', '.join(wanted)}"
                raise UserError(f"key 'classes': no jet of class '{name}' in {self._name}; {need}: ingest more jets")
        self._unit = unit_of({name: sums[names.index(name)] for name in wanted}, len(self), self._name)


def read_split(
    parts: Sequence[Path],
    pieces: Sequence[str],
    schema: Schema,
    weighing: Weighing,
    memory: float,
    count: int | None = None,
) -> SplitJets:
    """Return the jets of some pieces, such as train or fold_3, from the directories of the dataset's parts.

    Of these jets only so many as `count`, if it is given, chosen as `subset` does, before classes are left out.

    Raises:
        UserError: as `chunks_of`, `subset` and `SplitJets`.
    """
    chunks, name = chunks_of(parts, pieces, schema.fields()), ", ".join(pieces)
    if count is None:
        return SplitJets(chunks, schema, weighing, memory, name)
    return SplitJets(subset(chunks, count, name), schema, weighing, memory, f"{count} jets of {name}")


def in_order(parts: Sequence[Path], pieces: Sequence[str], schema: Schema, memory: float) -> Iterator[Jets]:
    """Yield the jets of some pieces in their order, of which the numbers take at most so many bytes at a time."""
    for chunks in _grouped(chunks_of(parts, pieces, schema.fields()), memory / _BYTES):
        yield joined([read_jets(chunk, schema) for chunk in chunks])


def interleaved(kinds: Sequence[int], random: np.random.Generator) -> Ints:
    """Return the indices of N things in a random order in which any stretch has of each kind its share.

    The n things of a kind are shuffled and take random places in n equal intervals, one in each.
    """
    kind, place = np.asarray(kinds), np.empty(len(kinds))
    for each in np.unique(kind):
        mine = random.permutation(np.flatnonzero(kind == each))
        place[mine] = (np.arange(len(mine)) + random.uniform(size=len(mine))) / len(mine)
    return np.argsort(place)


def _grouped(pieces: Sequence[Piece], most: float) -> Iterator[list[Piece]]:
    """Yield the pieces in groups of at most so many numbers on disk, or of one."""
    group: list[Piece] = []
    for piece in pieces:
        if group and _numbers([*group, piece]) > most:
            yield group
            group = []
        group.append(piece)
    yield group


def _numbers(pieces: Sequence[Jets | RowGroup]) -> int:
    return sum(piece.numbers for piece in pieces if isinstance(piece, RowGroup))
