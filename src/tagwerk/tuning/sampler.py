"""What is tried next: the tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011), seeded trial by trial."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState


class NumberedSampler(BaseSampler):
    """Draws of each trial follow from the search's seed and the trial's number.

    So no two processes propose the same, and one that takes up a search does not draw anew what was drawn before: both
    would happen to a sampler that is seeded once a process.
    """

    def __init__(self, seed: int, random_trials: int) -> None:
        """Draw so many trials at random before learning from them."""
        self._seed, self._random_trials = seed, random_trials
        self._drawn: tuple[int, TPESampler] | None = None

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the parameters that are drawn together."""
        return self._of(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return parameters that are drawn together."""
        return self._of(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return one parameter."""
        return self._of(trial).sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Do what the estimator does before a trial."""
        self._of(trial).before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Do what the estimator does after a trial."""
        self._of(trial).after_trial(study, trial, state, values)

    def _of(self, trial: FrozenTrial) -> TPESampler:
        if self._drawn is None or self._drawn[0] != trial.number:
            self._drawn = trial.number, self._estimator(trial.number)
        return self._drawn[1]

    def _estimator(self, number: int) -> TPESampler:
        seed = int(np.random.SeedSequence((self._seed, number)).generate_state(1)[0])
        with warnings.catch_warnings():
            # Marked experimental since 2021: takes trials that still run for bad ones, so that others keep off them.
            warnings.simplefilter("ignore", ExperimentalWarning)
            return TPESampler(seed=seed, n_startup_trials=self._random_trials, constant_liar=True)
