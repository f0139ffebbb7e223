"""All ensembles of a study: of each tagger with several trainings, and of different taggers where the study asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.cards.study_cards import Cards
from tagwerk.evaluation.bootstrap import Replicas
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.ensemble import ensemble_discriminant, ensemble_result
from tagwerk.evaluation.measured import Performance, measure
from tagwerk.evaluation.mixed_ensemble import MixedEnsemble, mixed_ensembles, mixed_result
from tagwerk.evaluation.tagger_results import EnsembleResult, MixedEnsembleResult
from tagwerk.scores.tagger_run import Run


@dataclass(frozen=True)
class StudyEnsembles:
    """The discriminants of the ensembles on the B compared jets.

    Attributes:
        by_tagger: of the ensemble of each tagger with several trainings, (B,).
        mixed: the ensembles of different taggers.
    """

    by_tagger: dict[str, Floats64]
    mixed: list[MixedEnsemble]

    def groups(self) -> list[Floats64]:
        """Return the discriminants, (M, B) each: per tagger, then of each mixed ensemble and of its baseline."""
        of_mixed = [scores for each in self.mixed for scores in (each.scores, each.baseline)]
        return [*(scores[None] for scores in self.by_tagger.values()), *of_mixed]


def study_ensembles(cards: Cards, runs: Mapping[str, list[Run]], keep: Bools) -> StudyEnsembles:
    """Return the ensembles of the runs of each tagger, one per seed.

    Args:
        cards: of the study.
        runs: of each tagger.
        keep: which of their jets are compared.

    Raises:
        UserError: a tagger to choose from has too few validation jets.
    """
    study = cards.study
    by_tagger = {
        name: ensemble_discriminant([run.scores[keep] for run in each], study.signal, study.backgrounds)
        for name, each in runs.items()
        if len(each) > 1
    }
    return StudyEnsembles(by_tagger, mixed_ensembles(cards, runs, keep))


def measure_groups(
    groups: Sequence[Floats64], first: int, sample: ComparedJets, efficiencies: Floats64, resampled: Replicas
) -> list[Performance]:
    """Return the performance of successive groups of scores, the replicas of which begin with row `first`."""
    starts = np.cumsum([first, *map(len, groups)])
    return [
        measure(sample, scores, efficiencies, resampled.of_runs(range(start, start + len(scores))))
        for scores, start in zip(groups, starts, strict=False)
    ]


def ensemble_results(
    cards: Cards,
    runs: Mapping[str, list[Run]],
    ensembles: StudyEnsembles,
    performances: Sequence[Performance],
    single: Mapping[str, Performance],
    working_points: Floats64,
) -> tuple[list[EnsembleResult], list[MixedEnsembleResult]]:
    """Return the results of the ensembles per tagger, and of those of different taggers.

    Args:
        cards: of the study.
        runs: of each tagger.
        ensembles: of these runs.
        performances: of `ensembles.groups()`.
        single: performance of each tagger's trainings.
        working_points: signal efficiencies, the first ones at which all were measured, (P,).
    """
    count = len(ensembles.by_tagger)
    own = [
        ensemble_result(
            name, cards.compared[name], together, single[name], working_points, runs[name][0].has_probabilities
        )
        for name, together in zip(ensembles.by_tagger, performances[:count], strict=True)
    ]
    pairs = zip(ensembles.mixed, performances[count::2], performances[count + 1 :: 2], strict=True)
    return own, [mixed_result(cards, each, mixed, baseline, working_points) for each, mixed, baseline in pairs]
