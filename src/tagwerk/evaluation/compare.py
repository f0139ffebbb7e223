"""The comparison of a study's taggers on the same test jets."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.alternatives import compare_alternatives
from tagwerk.evaluation.bootstrap import Replicas, replicas
from tagwerk.evaluation.categories import cards_of_category, runs_by_category
from tagwerk.evaluation.class_comparison import compare_classes
from tagwerk.evaluation.compared_jets import ComparedJets, jets_compared, sample_and_scores
from tagwerk.evaluation.comparison import CategoryResult, Comparison
from tagwerk.evaluation.cost import middle_rejection
from tagwerk.evaluation.curves import GRID
from tagwerk.evaluation.ensemble import ensemble_discriminant, ensemble_result
from tagwerk.evaluation.expectations import judge_expectation
from tagwerk.evaluation.jet_sections import jet_sections
from tagwerk.evaluation.label_comparison import measure_labels
from tagwerk.evaluation.learning_curves import learning_curve_points
from tagwerk.evaluation.measured import Performance, PerformanceBySize, measure
from tagwerk.evaluation.mixed_ensemble import MixedEnsemble, mixed_ensembles, mixed_result
from tagwerk.evaluation.optimum import find, optimum_result, without
from tagwerk.evaluation.outcome import outcome
from tagwerk.evaluation.robustness_files import read_robustness
from tagwerk.evaluation.runs import load_runs, rows_by_size
from tagwerk.evaluation.scaling import scaling_fits
from tagwerk.evaluation.scaling_results import ScalingFit
from tagwerk.evaluation.score_file_results import ScoreFileResult
from tagwerk.evaluation.single_tagger import tagger_result
from tagwerk.evaluation.tagger_pairs import delong_of_means, paired_differences
from tagwerk.evaluation.tagger_results import EnsembleResult, MixedEnsembleResult
from tagwerk.provenance.versions import versions
from tagwerk.scores.external import FileMatch
from tagwerk.scores.tagger_run import Run

REPLICAS = 1000  # an uncertainty is known to 1/sqrt(2 · 1000) = 2.2 % of itself
SEED = 1


def compare(
    study: Cards | Path | str, runs: Sequence[Run | Path | str] = (), count: int = REPLICAS, seed: int = SEED
) -> Comparison:
    """Return the comparison of the runs of a study: the best tagger, all differences and their uncertainties.

    Args:
        study: the card with all that it names, or its path or name.
        runs: what `tagwerk.score` returned, or directories with `model` and `scores` in them; none for a study of
            score files alone.
        count: number of bootstrap replicas of the test jets, which all runs share.
        seed: of the replicas.

    Raises:
        UserError: a run is damaged, duplicated or not of this study, two runs scored different jets, or there are too
            few jets of a class.
    """
    cards = study if isinstance(study, Cards) else load_cards(study)
    loaded, matches = load_runs(cards, runs)
    return compare_runs(cards, loaded, *_sample_and_scores(cards, loaded), count, seed, matches)


def _sample_and_scores(cards: Cards, runs: list[Run]) -> tuple[ComparedJets, Floats64]:
    classes = [each.name for each in cards.classes]
    return sample_and_scores(runs, classes, cards.study.signal, cards.study.backgrounds)


def compare_runs(
    cards: Cards,
    runs: list[Run],
    sample: ComparedJets,
    scores: Floats64,
    count: int = REPLICAS,
    seed: int = SEED,
    matches: Sequence[FileMatch] = (),
) -> Comparison:
    """Return the comparison of the runs, whose discriminants on the sample are the rows of `scores` (runs, B).

    The best tagger is the one with the highest AUC, averaged over its seeds, on the most training jets. `seed` sets the
    `count` bootstrap replicas of the test jets, which all runs share; `matches` tell where score files have them.
    """
    working_points = np.array(cards.study.working_points)
    efficiencies, all_rows = np.concatenate([working_points, GRID]), rows_by_size(runs)
    rows = without(cards.study.optimum, all_rows)
    if not rows:
        raise UserError(f"the only runs are of '{cards.study.optimum}', the optimum; give those of another tagger")
    largest = list(rows)[-1]
    by_tagger = {name: [runs[row] for row in seeds] for name, seeds in rows[largest].items()}
    ensembles = _ensemble_scores(cards, runs, rows[largest])
    mixed = mixed_ensembles(cards, by_tagger, _compared(cards, runs))
    all_scores = np.concatenate([np.stack([*scores, *ensembles.values()]), *_scores_of(mixed)])
    resampled = replicas(sample, all_scores, efficiencies, count, np.random.default_rng(seed))
    measured_all = _measure_all(all_rows, sample, scores, efficiencies, resampled)
    sizes = without(cards.study.optimum, measured_all)
    measured = sizes[largest]
    best = max(measured, key=lambda name: measured[name].auc.mean())
    discriminants = {name: scores[seeds] for name, seeds in rows[largest].items()}
    taggers = [
        tagger_result(cards, name, by_tagger[name], each, measured[best], working_points)
        for name, each in measured.items()
    ]
    rows_of_ensembles = {name: [row] for row, name in enumerate(ensembles, len(scores))}
    together = _measure_all({None: rows_of_ensembles}, sample, all_scores, efficiencies, resampled)[None]
    of_mixed = _measure_rows(_scores_of(mixed), len(scores) + len(ensembles), sample, efficiencies, resampled)
    return Comparison(
        **_about(cards, sample),
        replicas=count,
        seed=seed,
        best=best,
        outcome=outcome(taggers, best),
        taggers=taggers,
        pairs=paired_differences(measured, delong_of_means(sample, discriminants), working_points),
        ensembles=_ensemble_results(cards, by_tagger, together, measured, working_points),
        mixed_ensembles=_mixed_results(cards, mixed, of_mixed, working_points),
        sizes=learning_curve_points(sizes, cards.taggers, best, working_points),
        scaling=_scaling(cards, runs, rows, sample),
        optimum=optimum_result(cards, find(cards.study.optimum, measured_all), sizes, measured[best], working_points),
        expectations=[judge_expectation(expectation, sizes) for expectation in cards.study.expectations],
        **_sections(cards, by_tagger, sample, discriminants, middle_rejection(taggers[0]).signal_efficiency, seed),
        alternatives=compare_alternatives(cards, by_tagger, measured, best, count, seed),
        score_files=[ScoreFileResult(**asdict(match)) for match in matches],
        categories=_compare_categories(cards, runs, count, seed),
    )


def _compare_categories(cards: Cards, runs: list[Run], count: int, seed: int) -> list[CategoryResult] | None:
    """Return the comparison in each category of the study, of the runs on its jets alone; None without categories."""
    results = []
    for category, chosen in runs_by_category(cards, runs) if cards.study.categories else ():
        alone = cards_of_category(cards, category)
        try:
            comparison = compare_runs(alone, chosen, *_sample_and_scores(alone, chosen), count, seed)
        except UserError as mistake:
            raise UserError(f"key 'categories': '{category.name}': {mistake}") from None
        about = category.model_dump(include={"name", "title", "selection"})
        results.append(CategoryResult(**about, comparison=comparison))
    return results or None


def _about(cards: Cards, sample: ComparedJets) -> dict[str, Any]:
    """Return what a comparison says of the study and its test jets."""
    return {
        "study": cards.study.title,
        "dataset": cards.title,
        "signal": cards.study.signal,
        "backgrounds": cards.study.backgrounds,
        "signal_jets": int(sample.signal.sum()),
        "background_jets": int((~sample.signal).sum()),
        "effective_background_jets": sample.effective(signal=False),
        "styles": cards.classes,
        "titles": {name: card.title for name, card in cards.compared.items()},
        "versions": versions(),
    }


def _sections(
    cards: Cards,
    runs: dict[str, list[Run]],
    sample: ComparedJets,
    discriminants: dict[str, Floats64],
    middle: float,
    seed: int,
) -> dict[str, Any]:
    """Return the sections on classes, constituents, robustness and jet variables; `middle` is a signal efficiency."""
    return {
        "classes": compare_classes(
            runs, [each.name for each in cards.classes], middle, seed, efficiencies=cards.study.class_efficiencies
        ),
        "constituent_labels": measure_labels(cards, runs),
        "robustness": read_robustness(cards.study, [run for seeds in runs.values() for run in seeds]),
        **jet_sections(cards, runs, sample, discriminants)._asdict(),
    }


def _scaling(
    cards: Cards, runs: list[Run], rows: dict[int | None, dict[str, list[int]]], sample: ComparedJets
) -> list[ScalingFit]:
    """Return the fits of the taggers' losses as functions of the number of training jets."""
    keep, classes = _compared(cards, runs), [each.name for each in cards.classes]
    tables = {
        size: {name: [runs[row].scores[keep] for row in seeds] for name, seeds in of.items()}
        for size, of in rows.items()
    }
    return scaling_fits(tables, sample, classes, cards.taggers)


def _compared(cards: Cards, runs: list[Run]) -> Bools:
    """Return which of the scored jets are compared."""
    classes, study = [each.name for each in cards.classes], cards.study
    return jets_compared(runs[0].scores, [classes.index(name) for name in (study.signal, *study.backgrounds)])


def _ensemble_scores(cards: Cards, runs: list[Run], rows: dict[str, list[int]]) -> dict[str, Floats64]:
    """Return the discriminant (B,) of the ensemble of each tagger with several trainings."""
    study, keep = cards.study, _compared(cards, runs)
    return {
        name: ensemble_discriminant([runs[row].scores[keep] for row in seeds], study.signal, study.backgrounds)
        for name, seeds in rows.items()
        if len(seeds) > 1
    }


def _ensemble_results(
    cards: Cards,
    runs: dict[str, list[Run]],
    ensembles: dict[str, Performance],
    measured: dict[str, Performance],
    working_points: Floats64,
) -> list[EnsembleResult]:
    """Return the results of the ensembles, from their performance and that of the taggers."""
    return [
        ensemble_result(
            name, cards.compared[name], each, measured[name], working_points, runs[name][0].has_probabilities
        )
        for name, each in ensembles.items()
    ]


def _scores_of(mixed: Sequence[MixedEnsemble]) -> list[Floats64]:
    """Return the scores of each mixed ensemble and of its baseline, (M, B) and (K, B)."""
    return [scores for each in mixed for scores in (each.scores, each.baseline)]


def _mixed_results(
    cards: Cards, mixed: Sequence[MixedEnsemble], measured: Sequence[Performance], working_points: Floats64
) -> list[MixedEnsembleResult]:
    """Return the results of the mixed ensembles, from the performance of each and of its baseline in turn."""
    pairs = zip(mixed, measured[::2], measured[1::2], strict=True)
    return [mixed_result(cards, each, own, baseline, working_points) for each, own, baseline in pairs]


def _measure_rows(
    groups: Sequence[Floats64], first: int, sample: ComparedJets, efficiencies: Floats64, resampled: Replicas
) -> list[Performance]:
    """Return the performance of successive groups of scores, the replicas of which begin with row `first`."""
    results = []
    for scores in groups:
        rows = range(first, first + len(scores))
        results.append(measure(sample, scores, efficiencies, resampled.of_runs(rows)))
        first += len(scores)
    return results


def _measure_all(
    rows: dict[int | None, dict[str, list[int]]],
    sample: ComparedJets,
    scores: Floats64,
    efficiencies: Floats64,
    resampled: Replicas,
) -> PerformanceBySize:
    """Return the performance of every tagger at every size."""
    return {
        size: {
            name: measure(sample, scores[seeds], efficiencies, resampled.of_runs(seeds))
            for name, seeds in taggers.items()
        }
        for size, taggers in rows.items()
    }
