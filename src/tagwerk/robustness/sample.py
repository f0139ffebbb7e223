"""The test jets on which a tagger is probed: as much signal as background, if there is enough of both."""

from collections.abc import Sequence

import awkward as ak
import numpy as np
import pandas as pd

from tagwerk.arrays import Ints
from tagwerk.errors import UserError
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.jets.chunk import Chunk
from tagwerk.jets.effective import effective_sample_size
from tagwerk.jets.ragged import Ragged
from tagwerk.records.parts import Fields, Part, RowGroup, list_row_groups
from tagwerk.summaries.sufficiency import check_test_jets
from tagwerk.training.subset import SelectedRows, jet_hashes

_PER_JET: Fields = {name: [] for name in ("event", "source", "label", "weight", "jet")}
_CLASS: Fields = {"label": [], "weight": []}


def read_sample(
    parts: Sequence[Part],
    pieces: Sequence[str],
    sequences: Sequence[str],
    signal: int,
    backgrounds: Sequence[int],
    count: int,
) -> ak.Array:
    """Return the records of at most `count` jets: of signal and of background those of smallest hash, half each.

    AUC and rejection do not depend on the ratio of signal to background, and several background classes keep theirs up
    to random fluctuations. The same jets are chosen for all taggers.

    Args:
        parts: of the dataset.
        pieces: of its split.
        sequences: to read, with all their variables.
        signal: label of the signal.
        backgrounds: labels of the background classes.
        count: number of jets.

    Raises:
        UserError: a file is missing or damaged, or holds no such records.
    """
    fields = {**_PER_JET, **{name: [] for name in sequences}}
    groups = list_row_groups(parts, pieces, fields)
    chosen = _choose(groups, signal, backgrounds, count // 2)
    if not chosen:
        where = f"{groups[0].path} and {len(groups) - 1} others"
        raise UserError(f"{where}: no jets of the study's classes to probe; ingest more, or raise 'robustness.jets'")
    return ak.concatenate([SelectedRows.of(groups[index], rows).read(fields) for index, rows in chosen.items()])


def chunk_of(records: ak.Array, sequences: Sequence[str]) -> Chunk:
    """Return records (N,) as columns, without their trees."""
    return Chunk(
        source="",
        event=ak.to_numpy(records.event).astype(np.uint64),
        piece=np.zeros(len(records), np.int64),
        label=ak.to_numpy(records.label).astype(np.int64),
        weight=ak.to_numpy(records.weight).astype(np.float32),
        jet={name: ak.to_numpy(records.jet[name], allow_missing=False) for name in records.jet.fields},
        sequences={name: Ragged.of_lists(records[name], records[name].fields) for name in sequences},
    )


def compared_jets(records: ak.Array, signal: int) -> ComparedJets:
    """Return what a comparison needs to know of records (B,), given the signal's label."""
    identity = pd.MultiIndex.from_arrays([ak.to_list(records.source), ak.to_numpy(records.event)])
    return ComparedJets(
        signal=ak.to_numpy(records.label) == signal,
        weight=ak.to_numpy(records.weight).astype(np.float64),
        event=np.asarray(identity.factorize()[0], np.int64),
    )


def check_sample(sample: ComparedJets, signal: str, backgrounds: Sequence[str]) -> None:
    """Raise UserError if there are too few signal or too few background jets for any statement."""
    for name, mask in ((signal, sample.signal), ("' or '".join(backgrounds), ~sample.signal)):
        event_weights = np.bincount(sample.event[mask], sample.weight[mask]).astype(np.float64)
        check_test_jets(name, int(mask.sum()), float(event_weights.sum()), effective_sample_size(event_weights))


def _choose(groups: Sequence[RowGroup], signal: int, backgrounds: Sequence[int], count: int) -> dict[int, Ints]:
    """Return the rows to read of each row group that has any: of signal and background the `count` of smallest hash."""
    tables = []
    for index, group in enumerate(groups):
        records = group.read(_CLASS)
        label, weight = (ak.to_numpy(records[name]) for name in _CLASS)
        row = np.flatnonzero(np.isin(label, [signal, *backgrounds]) & (weight != 0))
        hashes = jet_hashes(group)[row]
        tables.append(pd.DataFrame({"hash": hashes, "signal": label[row] == signal, "group": index, "row": row}))
    table = pd.concat(tables).sort_values("hash", kind="stable")
    chosen = table.groupby("signal").head(count).sort_values(["group", "row"])
    return {int(index): rows["row"].to_numpy(np.int64) for index, rows in chosen.groupby("group")}
