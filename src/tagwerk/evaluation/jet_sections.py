"""The sections of a comparison about the jets that taggers accept: working points, profiles, calibration and more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.study import Cards
from tagwerk.errors import UserError
from tagwerk.evaluation.agreement import PairAgreement, measure_agreement
from tagwerk.evaluation.calibration import TaggerCalibration, measure_calibration
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
    calibration: list[TaggerCalibration]
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
        calibration=measure_calibration(sample, _probabilities(cards, runs, discriminants), _class_weights(cards)),
        mass_sculpting=measure_mass_sculpting(sample, discriminants, thresholds, study.working_points),
        agreement=measure_agreement(sample, discriminants, study.working_points) or None,
    )


def validation_scores(cards: Cards, runs: list[Run]) -> ScoredJets | None:
    """Return one tagger's validation jets and scores, None where a seed lacks them, or has others, or has too few."""
    tables = [run.validation for run in runs]
    first = tables[0]
    if first is None or not all(each is not None and each[IDENTITY].equals(first[IDENTITY]) for each in tables):
        return None
    classes = [each.name for each in cards.dataset.classes]
    scored = [replace(run, scores=run.validation) for run in runs]
    try:
        return ScoredJets(*sample_and_scores(scored, classes, cards.study.signal, cards.study.backgrounds))
    except UserError:  # too few jets of a class: thresholds are chosen on the test jets, as the result says
        return None


def _probabilities(
    cards: Cards, runs: Mapping[str, list[Run]], discriminants: Mapping[str, Floats64]
) -> Mapping[str, Floats64]:
    """Return the probabilities of signal against background, (S, B), whose sum over classes has no fractions."""
    study, classes = cards.study, [each.name for each in cards.dataset.classes]
    if len(study.backgrounds) == 1:
        return discriminants
    equal = dict.fromkeys(study.backgrounds, 1.0)
    return {name: sample_and_scores(each, classes, study.signal, equal)[1] for name, each in runs.items()}


def _class_weights(cards: Cards) -> dict[str, float]:
    """Return by how much the training of each tagger weighted signal above background."""
    # ASSUME: where several background classes have different weights, their mean is that of the background.
    study, weights = cards.study, {name: card.training.class_weights for name, card in cards.taggers.items()}
    return {
        name: each.get(study.signal, 1.0) / float(np.mean([each.get(other, 1.0) for other in study.backgrounds]))
        for name, each in weights.items()
    }
