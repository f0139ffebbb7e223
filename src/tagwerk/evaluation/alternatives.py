"""The change of each tagger's performance on alternative samples, such as jets of another parton shower."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.alternative_results import AlternativeSample, Shift, TaggerOnSample
from tagwerk.evaluation.bootstrap import replicas
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.measured import Performance, measure, quantity, rejections
from tagwerk.evaluation.paired import difference
from tagwerk.scores.read import IDENTITY
from tagwerk.scores.tagger_run import ALTERNATIVES, Run


def compare_alternatives(
    cards: Cards,
    runs: Mapping[str, list[Run]],
    nominal: Mapping[str, Performance],
    best: str,
    count: int,
    seed: int,
) -> list[AlternativeSample]:
    """Return the results on each alternative sample of the study that all runs of a tagger have scored.

    Args:
        cards: of the study.
        runs: of each tagger.
        nominal: performance on the test jets; the first signal efficiencies are the working points.
        best: name of the best tagger.
        count: number of bootstrap replicas, that of the test jets.
        seed: of the replicas, which are independent of those of the test jets.
    """
    results = []
    for number, (name, dataset) in enumerate(cards.alternatives.items(), 1):
        scored = {tagger: each for tagger, each in runs.items() if all(name in run.alternatives for run in each)}
        if scored:
            random = np.random.default_rng([seed, number])
            results.append(_compare(cards, name, dataset.title, scored, nominal, best, count, random))
    return results


def _compare(
    cards: Cards,
    name: str,
    title: str,
    runs: Mapping[str, list[Run]],
    nominal: Mapping[str, Performance],
    best: str,
    count: int,
    random: np.random.Generator,
) -> AlternativeSample:
    study, points = cards.study, np.array(cards.study.working_points)
    moved = [_on_sample(run, name) for seeds in runs.values() for run in seeds]
    _check_same_jets(moved)
    sample, scores = sample_and_scores(moved, [each.name for each in cards.classes], study.signal, study.backgrounds)
    resampled = replicas(sample, scores, points, count, random)
    rows = np.split(np.arange(len(moved)), np.cumsum([len(seeds) for seeds in runs.values()])[:-1])
    there = {
        tagger: measure(sample, scores[of], points, resampled.of_runs(list(of)))
        for tagger, of in zip(runs, rows, strict=True)
    }
    here = {tagger: _at_working_points(nominal[tagger], len(points)) for tagger in runs}
    return AlternativeSample(
        name=name,
        title=title,
        signal_jets=int(sample.signal.sum()),
        background_jets=int((~sample.signal).sum()),
        taggers=[
            TaggerOnSample(
                tagger=tagger,
                title=cards.compared[tagger].title,
                color=cards.compared[tagger].color,
                auc=quantity(there[tagger].auc, there[tagger].replicas.auc),
                rejections=rejections(there[tagger], points),
                change=_shift([(1.0, there[tagger], here[tagger])]),
                ratios=difference(there[tagger], here[tagger], points).ratios,
                relative=_shift([(1.0, there[tagger], here[tagger]), (-1.0, there[best], here[best])])
                if tagger != best and best in there
                else None,
            )
            for tagger in runs
        ],
    )


def _on_sample(run: Run, name: str) -> Run:
    """Return the run on the sample's jets; errors name the file of their scores."""
    file = run.folder / ALTERNATIVES / name / "scores.parquet"
    return replace(run, folder=file, scores=run.alternatives[name], validation=None, constituents=None)


def _check_same_jets(runs: list[Run]) -> None:
    for run in runs[1:]:
        if not run.scores[IDENTITY].equals(runs[0].scores[IDENTITY]):
            raise UserError(
                f"{run.path}: its jets of an alternative sample are not those of {runs[0].path}; score them again"
            )


def _at_working_points(performance: Performance, points: int) -> Performance:
    """Return the performance at the first signal efficiencies alone."""
    resampled = performance.replicas
    return replace(
        performance,
        background_efficiency=performance.background_efficiency[:, :points],
        background_jets=performance.background_jets[:, :points],
        replicas=replace(resampled, background_efficiency=resampled.background_efficiency[:, :points]),
    )


def _shift(terms: list[tuple[float, Performance, Performance]]) -> Shift:
    """Return the sum over terms of a sign times the AUC in one sample minus that in the other.

    The two samples have replicas of their own, so their variances add up; within a sample the taggers share them. A
    tagger's trainings are the same in both samples.
    """
    replicated: Floats64 = np.sum([sign * (a.replicas.auc - b.replicas.auc) for sign, a, b in terms], axis=0)
    seeds = [sign * (a.auc - b.auc) for sign, a, b in terms]
    variances = [each.var(ddof=1) / len(each) if len(each) > 1 else np.nan for each in seeds]
    training = float(np.sum(variances) ** 0.5)
    return Shift(
        auc=float(sum(each.mean() for each in seeds)),
        uncertainty=float(replicated.std(ddof=1)),
        training=training if np.isfinite(training) else None,
    )
