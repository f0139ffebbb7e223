"""Ensembles of different taggers: the best of each of several groups, with one training of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tagwerk.arrays import Bools, Floats64
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.ensemble import ensemble_discriminant
from tagwerk.evaluation.jet_sections import validation_scores
from tagwerk.evaluation.measured import Performance, quantities, rejections
from tagwerk.evaluation.metrics import RANKED_BY, metrics
from tagwerk.evaluation.paired import difference
from tagwerk.evaluation.tagger_results import MixedEnsembleResult
from tagwerk.scores.tagger_run import Run


@dataclass(frozen=True)
class MixedEnsemble:
    """The scores of one ensemble, and of what it is compared with.

    Attributes:
        members: the best tagger of each group, by the name of the group.
        better: the best of the members.
        scores: the mean of the probabilities of one training of each member, (M, B).
        baseline: that of as many trainings of the best member; of all if there are fewer, (K, B).
        baseline_trainings: of which each row of it is the mean.
    """

    members: dict[str, str]
    better: str
    scores: Floats64
    baseline: Floats64
    baseline_trainings: int


def mixed_ensembles(cards: Cards, runs: Mapping[str, list[Run]], keep: Bools) -> list[MixedEnsemble]:
    """Return the ensembles that the study asks for, of groups with a run each.

    Args:
        cards: of the study.
        runs: of each tagger, one per seed.
        keep: which of their jets are compared.

    Raises:
        UserError: a tagger to choose from has too few validation jets.
    """
    found = []
    for groups in cards.study.ensembles:
        trained = {group: [name for name in names if name in runs] for group, names in groups.items()}
        if all(trained.values()):
            found.append(_ensemble(cards, trained, runs, keep))
    return found


def mixed_result(
    cards: Cards, ensemble: MixedEnsemble, performance: Performance, baseline: Performance, working_points: Floats64
) -> MixedEnsembleResult:
    """Return the results of an ensemble, with its gain over the baseline on the same jets."""
    titles = [cards.taggers[name].title for name in ensemble.members.values()]
    return MixedEnsembleResult(
        members=ensemble.members,
        better=ensemble.better,
        title=" + ".join(titles),
        color=cards.taggers[ensemble.better].color,
        repetitions=len(performance.auc),
        baseline_trainings=ensemble.baseline_trainings,
        metrics=quantities(performance, True),
        rejections=rejections(performance, working_points),
        gain=difference(performance, baseline, working_points),
    )


def _ensemble(
    cards: Cards, groups: Mapping[str, Sequence[str]], runs: Mapping[str, list[Run]], keep: Bools
) -> MixedEnsemble:
    auc = {name: _validation_auc(cards, name, runs[name]) for names in groups.values() for name in names}
    members = {group: max(names, key=lambda name: auc[name]) for group, names in groups.items()}
    better = max(members.values(), key=lambda name: auc[name])
    repetitions = min(len(runs[name]) for name in members.values())
    mixed = [[runs[name][seed] for name in members.values()] for seed in range(repetitions)]
    trainings, size = runs[better], min(len(runs[better]), len(members))
    # Each training is in as many of the baseline's ensembles.
    first = range(len(trainings) if len(trainings) > size else 1)
    alone = [[trainings[(start + offset) % len(trainings)] for offset in range(size)] for start in first]
    study = cards.study
    scores, baseline = (
        np.stack(
            [
                ensemble_discriminant([run.scores[keep] for run in each], study.signal, study.backgrounds)
                for each in together
            ]
        )
        for together in (mixed, alone)
    )
    return MixedEnsemble(members, better, scores, baseline, size)


def _validation_auc(cards: Cards, name: str, runs: list[Run]) -> float:
    """Return the mean AUC of a tagger's trainings on the validation jets, which bias no comparison on test jets."""
    scored = validation_scores(cards, runs)
    if scored is None:
        few = f"'{name}' has too few scored validation jets to choose the best of a group by"
        raise UserError(f"key 'ensembles': {few}; drop the key")
    return float(np.mean([metrics()[RANKED_BY].value(scored.jets, score) for score in scored.scores]))
