"""The scores of all jets of a file that was not ingested, chunk by chunk, next to the entries of the file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import awkward as ak
import numpy as np

from tagwerk.arrays import Floats32, Ints
from tagwerk.cards.dataset import ROW, Dataset
from tagwerk.cards.scoring_card import without_classes
from tagwerk.cards.split import SPLITS
from tagwerk.checks.findings import Findings
from tagwerk.checks.judge import judge_findings
from tagwerk.checks.refusal import raise_errors
from tagwerk.errors import error_context
from tagwerk.jets.chunk import Chunk
from tagwerk.progress import progress, without_progress
from tagwerk.readers import layout
from tagwerk.readers.jet_record import class_labels, labelled_jets, ordered, with_substructure, with_trees
from tagwerk.readers.links import Tally
from tagwerk.readers.reading import Source
from tagwerk.readers.unchanged import unchanged
from tagwerk.records.parts import ArrayRowGroup
from tagwerk.remote import data_path
from tagwerk.scores.card_of_model import card_of_model
from tagwerk.scores.file_card import file_card, read_chunks
from tagwerk.training.engine import engine
from tagwerk.training.loading import Jets, read_jets
from tagwerk.training.model import CARD, TrainedModel, TrainingRecord, load_model, load_record

STEP = 10_000  # rows of a file, jets or events, that are handled at once

# Faults of a file that do not matter here: jets without a score are counted, and the others are of whole samples.
_HARMLESS = ("no_jets", "not_finite", "negative_energy", "duplicates", "empty_classes")


@dataclass(frozen=True)
class EntryScores:
    """The N jets that were scored in E successive entries of a file.

    Attributes:
        counts: number of jets in each entry, scored or not, (E,).
        entry: of each scored jet in the file, (N,).
        position: of each scored jet among all of these entries, (N,).
        jets: the scored jets.
        probabilities: of each class, (N, classes).
        split: 0, 1 and 2 for training, validation and test jets, -1 for others, (N,); None if it is not known.
        label: the index of the class, -1 for none, (N,); None if it is not known.
    """

    counts: Ints
    entry: Ints
    position: Ints
    jets: Jets
    probabilities: Floats32
    split: Ints | None
    label: Ints | None


class FileScores:
    """Scores the jets of a file or of arrays once; iterating gives them, some entries at a time, at least once.

    Jets are selected, their constituents ordered and truncated, and variables computed as in ingest, by the card in the
    model's directory; truth is not needed. Jets with an invalid number have no score.

    Attributes:
        model: the trained tagger.
        collection: of the jets, if the entries are events with any number of jets each; None if they are jets.
        has_event, has_split, has_classes: whether the identity of the events, the piece of the split that each jet
            belongs to and its class are known.
        variables: of jets that are read, in GeV and radians.
        notes: what the file does not tell and which jets have no score, one line each, once all are read.
    """

    def __init__(
        self,
        model: TrainedModel | Path | str,
        source: Source,
        selection: str | None = None,
        threads: int = 1,
        step: int = STEP,
    ) -> None:
        """Set what to score.

        Args:
            model: what `tagwerk.train` returned, or the directory that it wrote.
            source: the file, or the branches of jets in memory.
            selection: of jets, in terms of branches, instead of the card's.
            threads: number of CPU threads, the same for all networks of a process.
            step: maximum number of rows at a time.

        Raises:
            UserError: the model's directory is incomplete or without the dataset's card, or the file lacks a branch
                that the model needs or cannot be read.
        """
        record = model.record if isinstance(model, TrainedModel) else load_record(Path(model))
        engine(record.tagger).prepare(record.seed, threads)
        self.model = model if isinstance(model, TrainedModel) else load_model(model)
        dataset = card_of_model(self.model, model, selection)
        self._source, self._step, self._is_file = source, step, isinstance(source, Path | str)
        self._file = data_path(source) if isinstance(source, Path | str) else Path("arrays")
        self._read = file_card(dataset, record, source)
        self._findings, self._tally = Findings(self._read.card), Tally()
        self.collection = dataset.jets if self._is_file and layout.has_events(dataset) else None
        self.has_event, self.has_split = self._read.card.event == dataset.event, self._read.has_split
        self.has_classes = self._read.has_classes
        self.variables = self._read.card.scalars
        self.notes = [f"{self._file}: {line}" for line in self._read.missing]
        self._codes = _split_codes(dataset, record)

    def __iter__(self) -> Iterator[EntryScores]:
        """Yield the jets of all entries in order.

        Raises:
            UserError: the file is damaged, changes meanwhile, or does not fit the card, such as momenta in another
                unit.
        """
        entries = layout.entries(self._file, self._read.card) if self._is_file else None
        with unchanged(self._file), progress(f"score {self._file.name}", entries, "rows") as bar:
            first = 0
            for branches in read_chunks(self._source, self._read.card, self._tally, self._step):
                stop = int(branches[ROW][-1]) + 1 if len(branches) else first
                yield self._scored(branches, first, stop)
                bar.update(stop - first)
                first = stop
            if entries is not None and first < entries:  # the last events have no jets
                yield self._scored(branches[:0], first, entries)
                bar.update(entries - first)
        self._check()

    def _scored(self, branches: ak.Array, first: int, stop: int) -> EntryScores:
        """Return the scores of the jets in the entries from `first` to before `stop`."""
        card, row = self._read.card, np.asarray(branches[ROW], np.int64)
        with error_context(self._file):
            selected = np.flatnonzero(class_labels(branches, without_classes(card)) >= 0)
            label = class_labels(branches, card)[selected]
            chunk = labelled_jets(branches[selected], label, card, self._file.stem, self._read.piece)
        usable = np.flatnonzero(self._findings.add(branches, chunk))
        self._findings.identities.clear()  # which would grow with the file
        position, jets = selected[usable], self._jets(chunk.take(usable))
        return EntryScores(
            counts=np.bincount(row - first, minlength=stop - first),
            entry=row[position],
            position=position,
            jets=jets,
            probabilities=self._probabilities(jets),
            split=self._codes[chunk.piece[usable]] if self.has_split else None,
            label=chunk.label[usable] if self.has_classes else None,
        )

    def _jets(self, chunk: Chunk) -> Jets:
        """Return jets as the model takes them; variables that it does not see are NaN."""
        card, schema = self._read.card, self.model.record.schema_
        chunk = with_substructure(with_trees(ordered(chunk, card), card), card)
        unseen = np.full(len(chunk), np.nan, np.float32)
        records = replace(chunk, jet={name: chunk.jet.get(name, unseen) for name in schema.scalars}).records()
        return read_jets(ArrayRowGroup(self._file, records, len(chunk), 0), schema)

    def _probabilities(self, jets: Jets) -> Floats32:
        if not len(jets):
            return np.empty((0, len(jets.schema.classes)), np.float32)
        with without_progress():
            probabilities: Floats32 = engine(self.model.record.tagger).scores(self.model.model, jets)
        return probabilities

    def _check(self) -> None:
        """Refuse a file that does not fit the card, and note how many jets have no score.

        Raises:
            UserError: there is a fault that the card calls an error.
        """
        findings, tally = self._findings, self._tally
        result = judge_findings(self._file, findings, tally.links, tally.dangling, tally.masked, tally.lost)
        faults = [fault for fault in result.faults if fault.check not in _HARMLESS]
        raise_errors(result.model_copy(update={"faults": faults}), Path(CARD))
        invalid = findings.selected - findings.usable
        if invalid:
            what = f"{invalid:,} of {findings.selected:,} selected jets have no score"
            self.notes.append(f"{self._file}: {what}, since they have NaN, infinite or negative momenta or variables")


def _split_codes(dataset: Dataset, record: TrainingRecord) -> Ints:
    """Return the index of training, validation or test for each piece of the data; the last, of no piece, is -1."""
    codes = {piece: SPLITS.index(split) for split, pieces in record.pieces.items() for piece in pieces}
    return np.array([*(codes.get(piece, -1) for piece in dataset.split.piece_names()), -1])
