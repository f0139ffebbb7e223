"""The sections of a comparison about the jets that taggers accept: working points, profiles, calibration and more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from tagwerk.arrays import Floats64
from tagwerk.cards.study_cards import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.agreement import PairAgreement, measure_agreement
from tagwerk.evaluation.calibration import TaggerCalibration, measure_calibration, share_of_signal
from tagwerk.evaluation.compared_jets import ComparedJets, sample_and_scores
from tagwerk.evaluation.mass_sculpting import MassSculpting, measure_mass_sculpting
from tagwerk.evaluation.profiles import Profiles, measure_profiles
from tagwerk.evaluation.thresholds import ScoredJets, inclusive_thresholds
from tagwerk.evaluation.working_points import WorkingPoint, measure_working_points
from tagwerk.scores.read import IDENTITY
from tagwerk.scores.tagger_run import Run


class JetSections(NamedTuple):
    """The sections by their names in `comparison.json`; None where one does not apply."""

    working_points: list[WorkingPoint]
    profiles: Profiles | None
    calibration: list[TaggerCalibration] | None
    mass_sculpting: MassSculpting | None
    agreement: list[PairAgreement] | None


def jet_sections(
    cards: Cards, runs: Mapping[str, list[Run]], sample: ComparedJets, discriminants: Mapping[str, Floats64]
) -> JetSections:
    """Return all of these sections.

    Args:
        cards: of the study.
        runs: of each tagger, one per seed.
        sample: the B test jets.
        discriminants: of each tagger on them, (S, B).
    """
    study, targets = cards.study, np.array(cards.study.working_points)
    validation = {name: scored for name, each in runs.items() if (scored := validation_scores(cards, each)) is not None}
    thresholds = inclusive_thresholds(sample, discriminants, targets, validation)
    seeds = {name: [run.about.seed for run in each] for name, each in runs.items()}
    return JetSections(
        working_points=measure_working_points(
            sample, discriminants, study.working_points, seeds, validation, study.flat_in
        ),
        profiles=measure_profiles(sample, discriminants, thresholds, study.working_points, study.profiles),
        calibration=measure_calibration(
            sample,
            _probabilities(cards, runs, discriminants),
            _class_weights(cards),
            _signal_share_in_training(cards, validation),
        )
        or None,
        mass_sculpting=measure_mass_sculpting(sample, discriminants, thresholds, study.working_points),
        agreement=measure_agreement(sample, _between_zero_and_one(runs, discriminants), study.working_points) or None,
    )


def validation_scores(cards: Cards, runs: list[Run]) -> ScoredJets | None:
    """Return one tagger's validation jets and scores, None where a seed lacks them, or has others, or has too few."""
    tables = [run.validation for run in runs]
    first = tables[0]
    if first is None or not all(each is not None and each[IDENTITY].equals(first[IDENTITY]) for each in tables):
        return None
    classes = [each.name for each in cards.classes]
    scored = [replace(run, scores=run.validation) for run in runs]
    try:
        return ScoredJets(*sample_and_scores(scored, classes, cards.study.signal, cards.study.backgrounds))
    except UserError:  # too few jets of a class: thresholds are chosen on the test jets, as the result says
        return None


def _probabilities(
    cards: Cards, runs: Mapping[str, list[Run]], discriminants: Mapping[str, Floats64]
) -> Mapping[str, Floats64]:
    """Return the probabilities of signal against background, (S, B), whose sum over classes has no fractions."""
    study, classes = cards.study, [each.name for each in cards.classes]
    runs = {name: each for name, each in runs.items() if each[0].has_probabilities}
    if len(study.backgrounds) == 1:
        return {name: discriminants[name] for name in runs}
    equal = dict.fromkeys(study.backgrounds, 1.0)
    return {name: sample_and_scores(each, classes, study.signal, equal)[1] for name, each in runs.items()}


def _between_zero_and_one(
    runs: Mapping[str, list[Run]], discriminants: Mapping[str, Floats64]
) -> Mapping[str, Floats64]:
    """Return the discriminants (S, B), and in place of scores that are no probabilities their ranks over B + 1."""
    # ASSUME: the logit of the rank stands for the unknown log-odds of a score in its combination with another one.
    return {
        name: scores if runs[name][0].has_probabilities else rankdata(scores, axis=1) / (scores.shape[1] + 1)
        for name, scores in discriminants.items()
    }


def _signal_share_in_training(cards: Cards, validation: Mapping[str, ScoredJets]) -> float | None:
    """Return the share of signal in training where that in the test jets may be another one, None elsewhere.

    Shares and folds are drawn at random; an official split may have pieces of different mixes.
    """
    own = [scored.jets for name, scored in validation.items() if name in cards.taggers]
    if cards.dataset is None or not cards.dataset.split.official or not own:
        return None
    # ASSUME: the jets for early stopping are mixed as those for training are.
    return share_of_signal(own[0])


def _class_weights(cards: Cards) -> dict[str, float]:
    """Return by how much the training of each tagger weighted signal above background."""
    # ASSUME: where several background classes have different weights, their mean is that of the background.
    study, weights = cards.study, {name: card.training.class_weights for name, card in cards.taggers.items()}
    return {
        name: each.get(study.signal, 1.0) / float(np.mean([each.get(other, 1.0) for other in study.backgrounds]))
        for name, each in weights.items()
    }
