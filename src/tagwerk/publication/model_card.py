"""A model card: what a trained tagger was trained on, on what jets it holds, and what it reaches, in Markdown.

The sections are those of Mitchell et al., "Model Cards for Model Reporting", arXiv:1810.03993, except that on ethical
considerations. Each sentence follows from cards, summary, record of the training or comparison; what these do not tell
is said to be unknown.
"""

from collections.abc import Iterator, Mapping, Sequence

from tagwerk.cards.collisions import Collisions
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.generator import Generator
from tagwerk.cards.publication import Publication
from tagwerk.cards.study_cards import Cards
from tagwerk.evaluation.comparison import Comparison
from tagwerk.publication.model_results import UNKNOWN, performance
from tagwerk.report.markdown import escape_markdown
from tagwerk.report.tables import tagger_settings
from tagwerk.rounding import plain
from tagwerk.summaries.summary import Histogram, Summary
from tagwerk.training.model import TrainingRecord

_OUTERMOST = 0.001  # share of the jets on either side that histograms leave out, as `tagwerk.summaries.binning` does


def model_card(record: TrainingRecord, cards: Cards, summary: Summary, comparison: Comparison) -> str:
    """Return the card of a trained tagger.

    Args:
        record: of its training.
        cards: of its study.
        summary: of the study's dataset.
        comparison: of the study's taggers.
    """
    dataset = cards.require_dataset()
    sections = {
        "Model": _model(record, cards),
        "Jets on which it holds": _use(record, dataset, summary),
        "Training jets": _training(record, dataset, summary),
        **performance(record, comparison),
        "Limits": _limits(record, cards, comparison),
        "Licence and citation": _licence(cards.study.publication),
        "Software": _software(record),
    }
    title = f"# {escape_markdown(record.tagger.title)}: {escape_markdown(dataset.title)}"
    blocks = [title, _lead(record, comparison)]
    for heading, lines in sections.items():
        blocks += [f"## {heading}", "\n".join(lines)]
    return "\n\n".join(blocks) + "\n"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(heading)} |"
    yield f"|{'---|' * len(heading)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _lead(record: TrainingRecord, comparison: Comparison) -> str:
    study = escape_markdown(comparison.study)
    classes = ", ".join(f"`{name}`" for name in record.schema_.classes)
    return f"A tagger of the study “{study}”, which gives the probabilities of the classes {classes} of a jet."


def _model(record: TrainingRecord, cards: Cards) -> Iterator[str]:
    yield f"- tagger card: `{record.name}`; library: {record.tagger.engine}"
    yield f"- seed {record.seed}; {record.parameters:,} trainable parameters"
    yield "- exported as ONNX, it takes jets in GeV and radians; the file's metadata `tagwerk` name its inputs"
    settings = tagger_settings(record.tagger, record.tagger.engine)
    yield from (f"- {escape_markdown(name)}: {escape_markdown(value)}" for name, value in settings)
    for author in cards.study.publication.authors:
        details = ", ".join(filter(None, [author.affiliation, author.orcid and f"ORCID {author.orcid}"]))
        yield f"- author: {escape_markdown(author.name)}{f' ({escape_markdown(details)})' if details else ''}"


def _use(record: TrainingRecord, dataset: Dataset, summary: Summary) -> Iterator[str]:
    yield "It was trained and evaluated on these jets; what is known of others is under Performance and Robustness."
    yield ""
    yield from (f"- {line}" for line in _phase_space(dataset))
    for name, ordering in record.ordering.items():
        beyond = sum(summary.lengths.get(name, [])[ordering.max_length + 1 :])
        cut = "" if not beyond else f"; {beyond:,} training jets have more"
        yield f"- `{name}`: by descending `{ordering.key}`, at most {ordering.max_length}{cut}"
        if ordering.selection is not None:
            yield f"- `{name}`: only those with `{ordering.selection}`"
    variables = [each for each in record.schema_.scalars if each in summary.histograms]
    if variables:
        yield ""
        yield f"Training jets, all but the outermost {100 * _OUTERMOST:g} % on either side (GeV, radians):"
        yield ""
        rows = [[f"`{name}`", *_range(summary.histograms[name])] for name in variables]
        yield from table(["variable", "from", "to"], rows)


def _phase_space(dataset: Dataset) -> Iterator[str]:
    generator = dataset.generator
    if isinstance(generator, Generator):
        jet = generator.jet
        yield (
            f"leading anti-kt jets, R = {jet.radius:g}, of {jet.pt[0]:g} to {jet.pt[1]:g} GeV and |η| < {jet.abs_eta:g}"
        )
    if dataset.selection is not None:
        yield f"selection: `{dataset.selection}`"
    for each in dataset.classes:
        files = "" if not each.files else f" in files {_names(each.files)}"
        selected = f": `{each.selection}`" if each.selection is not None else ""
        yield f"class `{each.name}`, {escape_markdown(each.label)}{selected}{files}"
    if generator is None and dataset.selection is None:
        yield "no selection in the dataset card: that of the files counts"


def _range(histogram: Histogram) -> tuple[str, str]:
    return plain(histogram.edges[0], 3), plain(histogram.edges[-1], 3)


def _training(record: TrainingRecord, dataset: Dataset, summary: Summary) -> Iterator[str]:
    generator = dataset.generator
    if isinstance(generator, Collisions):
        interactions = generator.multiparton_interactions
        how = "without" if not interactions else "with" if interactions is True else f"with {interactions}"
        yield f"- simulated by Tagwerk with Pythia 8 at {generator.energy:g} GeV, {how} multiparton interactions"
        for name, process in generator.all_processes.items():
            yield f"- process `{name}`: {_names(process.pythia)}"
        if isinstance(generator, Generator):
            yield f"- detector: {'parametric' if generator.detector else 'none'}"
    elif generator is not None:
        yield f"- drawn by Tagwerk from the generator of kind `{generator.kind}`"
    else:
        files = [*dataset.files, *(file for each in dataset.classes for file in each.files)]
        yield f"- files: {_names(files)}; layout `{dataset.layout}`"
        yield f"- how they were made is {UNKNOWN} to Tagwerk"
    drawn = "all" if record.drawn is None else f"{record.drawn:,} chosen"
    steps = "epochs" if record.tagger.engine == "keras" else "iterations"
    limit = ", the limit, not ended by the validation loss" if record.limited else ""
    yield f"- {record.training_jets:,} training jets used ({drawn} of the split), in {record.epochs:,} {steps}{limit}"
    yield "- jets are not weighted" if dataset.weight is None else f"- weight of a jet: `{dataset.weight}`"
    if dataset.reweighting is not None:
        yield f"- classes reweighted to the spectrum of `{dataset.reweighting.reference}`"
    yield ""
    heading = ["jets in the dataset", *(f"`{name}`" for name in summary.classes)]
    rows = [[split, *(f"{counts[name]:,}" for name in summary.classes)] for split, counts in summary.counts.items()]
    yield from table(heading, rows)


def _limits(record: TrainingRecord, cards: Cards, comparison: Comparison) -> Iterator[str]:
    generator = cards.require_dataset().generator
    if generator is not None:
        yield "- Trained and evaluated on simulated jets; its efficiencies in collision data are unknown."
    if not comparison.alternatives:
        yield "- Not evaluated on another sample, so how it depends on the simulation is unknown."
    if record.ordering:
        yield "- Constituents beyond the largest number are dropped, the last in the order first."
    if not comparison.robustness:
        yield "- Not probed with perturbed jets."
    if record.tagger.training.classes:
        yield f"- Trained on the classes {_names(record.tagger.training.classes)} alone."
    trees = sorted(record.schema_.trees)
    if trees:
        yield f"- Needs the clustering trees {_names(trees)} of exactly these constituents; the exported file gives NaN"
        yield "  for a jet with more."
    if len(record.schema_.classes) > 2 and comparison.classes is None:
        yield "- Evaluated for the study's signal and background alone."
    yield "- The interval on a result is from the finite test sample; it does not cover differences between samples."


def _licence(publication: Publication) -> Iterator[str]:
    if publication.license is None:
        yield f"- licence: {UNKNOWN}; the key `publication.license` of the study card gives it"
    else:
        yield f"- licence: [{publication.license}]({publication.license_url})"
    if publication.cite is None:
        yield f"- how to cite this tagger: {UNKNOWN}; the key `publication.cite` of the study card gives it"
    else:
        yield f"- cite: {escape_markdown(publication.cite)}"
    yield "- the software: Tagwerk, as its CITATION.cff says"


def _software(record: TrainingRecord) -> Iterator[str]:
    yield ", ".join(f"{name} {version}" for name, version in _sorted(record.versions))


def _sorted(versions: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(versions.items(), key=lambda item: (item[0] != "tagwerk", item[0]))


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
