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
from tagwerk.evaluation.expectations import judge_expectation
from tagwerk.evaluation.jet_sections import jet_sections
from tagwerk.evaluation.label_comparison import measure_labels
from tagwerk.evaluation.learning_curves import learning_curve_points
from tagwerk.evaluation.measured import PerformanceBySize, measure
from tagwerk.evaluation.optimum import find, optimum_result, without
from tagwerk.evaluation.outcome import outcome
from tagwerk.evaluation.robustness_files import read_robustness
from tagwerk.evaluation.runs import load_runs, rows_by_size
from tagwerk.evaluation.scaling import scaling_fits
from tagwerk.evaluation.scaling_results import ScalingFit
from tagwerk.evaluation.score_file_results import ScoreFileResult
from tagwerk.evaluation.single_tagger import tagger_result
from tagwerk.evaluation.study_ensembles import ensemble_results, measure_groups, study_ensembles
from tagwerk.evaluation.tagger_pairs import delong_of_means, paired_differences
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
    by_size = {size: {name: [runs[row] for row in seeds] for name, seeds in of.items()} for size, of in rows.items()}
    by_tagger = by_size[largest]
    ensembles = study_ensembles(cards, by_tagger, _compared(cards, runs))
    all_scores = np.concatenate([scores, *ensembles.groups()])
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
    together = measure_groups(ensembles.groups(), len(scores), sample, efficiencies, resampled)
    of_taggers, of_mixed = ensemble_results(cards, by_tagger, ensembles, together, measured, working_points)
    return Comparison(
        **_about(cards, sample),
        replicas=count,
        seed=seed,
        best=best,
        outcome=outcome(taggers, best),
        taggers=taggers,
        pairs=paired_differences(measured, delong_of_means(sample, discriminants), working_points),
        ensembles=of_taggers,
        mixed_ensembles=of_mixed,
        sizes=learning_curve_points(sizes, by_size, cards.taggers, best, working_points),
        scaling=_scaling(cards, by_size, _compared(cards, runs), sample),
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
    cards: Cards, runs: dict[int | None, dict[str, list[Run]]], keep: Bools, sample: ComparedJets
) -> list[ScalingFit]:
    """Return the fits of the taggers' losses as functions of the number of training jets."""
    classes = [each.name for each in cards.classes]
    tables = {
        size: {name: [run.scores[keep] for run in seeds] for name, seeds in of.items()} for size, of in runs.items()
    }
    return scaling_fits(tables, sample, classes, cards.taggers)


def _compared(cards: Cards, runs: list[Run]) -> Bools:
    """Return which of the scored jets are compared."""
    classes, study = [each.name for each in cards.classes], cards.study
    return jets_compared(runs[0].scores, [classes.index(name) for name in (study.signal, *study.backgrounds)])


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
