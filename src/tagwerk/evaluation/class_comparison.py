"""Several classes: each against each other one, each against the rest, and the confusion matrix of every tagger."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.errors import UserError
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.class_results import ClassComparison, ConfusionCell, Separation, TaggerClasses
from tagwerk.evaluation.compared_jets import ComparedJets, signal_share
from tagwerk.evaluation.confusion import confusion_matrix
from tagwerk.evaluation.labelled_jets import LabelledJets
from tagwerk.evaluation.measured import measure, quantity, rejections
from tagwerk.evaluation.paired import finite_or_none
from tagwerk.evaluation.quantities import Quantity, Rejection
from tagwerk.evaluation.seed_spread import spread
from tagwerk.jets.effective import effective_sample_size
from tagwerk.scores.tagger_run import Run
from tagwerk.summaries.sufficiency import check_test_jets

# ASSUME: C classes have C² separations, so fewer replicas than for the study's own; an uncertainty is known to 7 %.
CLASS_REPLICAS = 100

ClassPair = tuple[int, int | None]  # the class that is kept and the one that is rejected, None for all others
Measured = tuple[Quantity | None, Rejection | None]


def compare_classes(
    taggers: Mapping[str, Sequence[Run]],
    classes: list[str],
    efficiency: float,
    seed: int,
    count: int = CLASS_REPLICAS,
    efficiencies: Mapping[str, float] = MappingProxyType({}),
) -> ClassComparison | None:
    """Return the results for all classes of the dataset, or None if it has only two.

    Taggers without a probability of each class, as scores from elsewhere may be, are left out.

    Args:
        taggers: the runs of each tagger by name, all with scores of the same jets.
        classes: in the order of the labels.
        efficiency: of each class, at which the rejections are given.
        seed: of the bootstrap replicas, which all taggers share.
        count: number of replicas.
        efficiencies: of those classes that have another one.
    """
    columns = [f"p_{name}" for name in classes]
    complete = {name: runs for name, runs in taggers.items() if all(_has_all(run, columns) for run in runs)}
    if len(classes) < 3 or not complete:
        return None
    tables = {name: [run.scores[run.scores["weight"] != 0] for run in runs] for name, runs in complete.items()}
    jets = LabelledJets.of(next(iter(tables.values()))[0])
    probabilities = {
        name: np.stack([table[columns].to_numpy(np.float64) for table in seeds]) for name, seeds in tables.items()
    }
    separations = [
        separate(
            jets,
            probabilities,
            pair,
            efficiencies.get(classes[pair[0]], efficiency),
            count,
            np.random.default_rng(seed),
        )
        for pair in _pairs(len(classes))
    ]
    return ClassComparison(
        classes=classes,
        jets={name: int((jets.label == index).sum()) for index, name in enumerate(classes)},
        signal_efficiency=efficiency,
        efficiencies=dict(efficiencies),
        replicas=count,
        taggers=[
            TaggerClasses(
                tagger=name,
                separations=[
                    _separation(classes, pair, found[name])
                    for pair, found in zip(_pairs(len(classes)), separations, strict=True)
                ],
                confusion=_cells(jets, each, classes),
            )
            for name, each in probabilities.items()
        ],
    )


def _has_all(run: Run, columns: list[str]) -> bool:
    """Return whether a run has these probabilities of every jet; scores from elsewhere may lack jets of a class."""
    return {*columns} <= {*run.scores} and bool(run.scores[columns].notna().all(axis=None))


def separate(
    jets: LabelledJets,
    probabilities: Mapping[str, Floats64],
    pair: ClassPair,
    efficiency: float,
    count: int,
    random: np.random.Generator,
) -> dict[str, Measured]:
    """Return AUC and rejection of each tagger for one class against another one, or against the rest.

    The score is p_signal / (p_signal + p_background), where p_background of the rest is the sum over the other classes;
    their jets are mixed as in the sample. Each seed's AUC of two classes is that of scikit-learn's
    `roc_auc_score(label == signal, score, sample_weight=weight)`. Both are None where a class has too few jets, or
    where the tagger does not distinguish it.

    Args:
        jets: of all classes.
        probabilities: of each tagger's seeds, (S, B, C) each.
        pair: of classes.
        efficiency: of the class that is kept, at which the rejection is given.
        count: number of bootstrap replicas, which all taggers share.
        random: of the replicas.
    """
    signal, background = pair
    keep = np.full(len(jets.label), True) if background is None else np.isin(jets.label, [signal, background])
    sample = jets.select(keep).as_signal(signal)
    scores = {name: _scores(each[:, keep], pair) for name, each in probabilities.items()}
    known = {name: each for name, each in scores.items() if each is not None}
    found: dict[str, Measured] = dict.fromkeys(probabilities, (None, None))
    if not known or not _is_measurable(sample):
        return found
    points = np.array([efficiency])
    resampled = replicas(sample, np.concatenate([*known.values()]), points, count, random)
    first = 0
    for name, each in known.items():
        tagger = measure(sample, each, points, resampled.of_runs(range(first, first + len(each))))
        found[name] = quantity(tagger.auc, tagger.replicas.auc), rejections(tagger, points)[0]
        first += len(each)
    return found


def _pairs(classes: int) -> list[ClassPair]:
    """Return all ordered pairs of classes, and each class with the rest."""
    pairs: list[ClassPair] = [(signal, other) for signal, other in np.ndindex(classes, classes) if signal != other]
    return pairs + [(signal, None) for signal in range(classes)]


def _scores(probabilities: Floats64, pair: ClassPair) -> Floats64 | None:
    """Return the discriminants (S, B), or None if a seed gives no jet a probability of one of the two."""
    signal, background = pair
    p_signal = probabilities[:, :, signal]
    others = np.delete(probabilities, signal, axis=2)
    p_background = others.sum(axis=2) if background is None else probabilities[:, :, background]
    # ASSUME: a tagger that gives no jet a probability of a class was not trained on it.
    if not (p_signal.any(axis=1) & p_background.any(axis=1)).all():
        return None
    return signal_share(p_signal, p_background)


def _is_measurable(sample: ComparedJets) -> bool:
    """Return whether signal and background have as many test jets as a comparison needs."""
    for mask in (sample.signal, ~sample.signal):
        event_weights = np.bincount(sample.event[mask], sample.weight[mask]).astype(np.float64)
        try:
            check_test_jets("", int(mask.sum()), float(event_weights.sum()), effective_sample_size(event_weights))
        except UserError:
            return False
    return True


def _separation(classes: list[str], pair: ClassPair, found: Measured) -> Separation:
    signal, background = pair
    other = None if background is None else classes[background]
    return Separation(signal=classes[signal], background=other, auc=found[0], rejection=found[1])


def _cells(jets: LabelledJets, probabilities: Floats64, classes: list[str]) -> list[ConfusionCell]:
    """Return the confusion matrix of a tagger's seeds (S, B, C), row by row."""
    found = confusion_matrix(jets, probabilities)
    return [
        ConfusionCell(
            truth=classes[row],
            predicted=classes[column],
            value=finite_or_none(float(found.value[row, column])),
            low=finite_or_none(float(found.low[row, column])),
            high=finite_or_none(float(found.high[row, column])),
            spread=spread(found.seeds[:, row, column]),
        )
        for row, column in np.ndindex(len(classes), len(classes))
    ]
