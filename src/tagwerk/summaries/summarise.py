"""The summary of a dataset, in two passes over its jets, with one row group in memory at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.errors import error_context
from tagwerk.progress import track
from tagwerk.records.chunks import chunk_of, chunks_of
from tagwerk.records.parts import Part, Records, iterate_records, parts_of, path_of_piece
from tagwerk.summaries.feature_lists import ALL, FeatureLists, all_features, parse_features
from tagwerk.summaries.jet_sums import JetSums
from tagwerk.summaries.summary import Summary
from tagwerk.summaries.survey import Survey, survey


def summarise(
    card: Dataset | Path | str, records: Records, fold: int = 0, features: FeatureLists | str = ALL
) -> Summary:
    """Return the summary of jet records: counts, moments, sequence lengths and histograms.

    Args:
        card: of the dataset, or its path or name.
        records: arrays that `tagwerk.read` returned, or directories that `tagwerk.ingest` wrote.
        fold: index of the test fold, for a dataset split into folds.
        features: whose moments to compute: by sequence and tree, or as text such as `constituents.log_pt`, or `none`.

    Raises:
        UserError: as `summary_of`, or there is no such feature.
    """
    path, dataset = Dataset.located(card)
    with error_context(path):
        lists = parse_features(features, dataset) if isinstance(features, str) else features
        return summary_of(parts_of(records), dataset, fold, lists)


def summary_of(parts: Sequence[Part], dataset: Dataset, fold: int = 0, features: FeatureLists | None = None) -> Summary:
    """Return the summary of the jet records of a dataset's parts, with this fold as test split.

    It has the moments of all jet variables, and of these features, or of all.

    The first pass reads the jet variables, the second the training jets with their constituents.

    Raises:
        UserError: a class has no jet or no weight in a split, the card makes duplicate jets or events in two splits an
            error and there are some, or the weights do not allow reweighting.
    """
    pieces = dataset.split.pieces(fold)
    surveyed, lists = survey(parts, dataset, pieces), all_features(dataset) if features is None else features
    chunks = chunks_of(parts)
    return _merged(_filled(JetSums(dataset, surveyed, lists), chunk, pieces["train"]) for chunk in chunks).summary()


def survey_of(card: Dataset | Path | str, records: Records, fold: int = 0) -> Survey:
    """Return what the first pass over the jet records of a dataset tells; arguments are those of `summarise`."""
    path, dataset = Dataset.located(card)
    with error_context(path):
        return survey(parts_of(records), dataset, dataset.split.pieces(fold))


def sum_chunk(
    card: Dataset | Path | str, records: Records, surveyed: Survey, number: int, fold: int, features: str
) -> JetSums:
    """Return the sums of the second pass over one chunk of a dataset, by its number from 1.

    Other arguments are those of `summarise`.

    Raises:
        UserError: there is no such chunk, or a file is missing or damaged.
    """
    path, dataset = Dataset.located(card)
    with error_context(path):
        sums = JetSums(dataset, surveyed, parse_features(features, dataset))
        return _filled(sums, chunk_of(parts_of(records), number), dataset.split.pieces(fold)["train"])


def summary_of_chunks(
    card: Dataset | Path | str, records: Records, surveyed: Survey, folder: Path, features: str
) -> Summary:
    """Return the summary of a dataset from the sums of its chunks, in the files 1.json, 2.json, ... of a folder.

    It is that of `summarise`, to the last bit.

    Raises:
        UserError: a file is missing or damaged, or the weights do not allow reweighting.
    """
    path, dataset = Dataset.located(card)
    with error_context(path):
        lists, chunks = parse_features(features, dataset), len(chunks_of(parts_of(records)))
        files = [folder / f"{number}.json" for number in range(1, chunks + 1)]
        return _merged(JetSums(dataset, surveyed, lists).load(file) for file in files).summary()


def _filled(sums: JetSums, parts: Sequence[Part], pieces: Sequence[str]) -> JetSums:
    """Return new sums with all jets of some pieces of some parts."""
    for part in track(parts, "summarise", "parts"):
        for piece in pieces:
            for records in iterate_records(part, piece, sums.fields()):
                with error_context(path_of_piece(part, piece)):
                    sums.add(records)
    return sums


def _merged(chunks: Iterator[JetSums]) -> JetSums:
    """Return the sums of all chunks, which are added to the first one in order."""
    first = next(chunks)
    for sums in chunks:
        first.merge(sums)
    return first
