"""The sampler: a tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011), seeded for each trial."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from tagwerk.tuning.queue import first_attempt


class SeededTPESampler(BaseSampler):
    """A TPE sampler whose draws follow from the seed of the search and the number of the trial, retries apart.

    With one seed per process, several processes would propose the same trials, and a resumed search would repeat its
    first ones.
    """

    def __init__(self, seed: int, random_trials: int) -> None:
        """Draw the first `random_trials` at random."""
        self._seed, self._random_trials = seed, random_trials
        self._current: tuple[int, TPESampler] | None = None

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the parameters that are sampled jointly."""
        return self._of(study, trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the parameters that are sampled jointly."""
        return self._of(study, trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Return a parameter that is sampled independently."""
        return self._of(study, trial).sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Call the estimator's hook before a trial."""
        self._of(study, trial).before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Call the estimator's hook after a trial."""
        self._of(study, trial).after_trial(study, trial, state, values)

    def _of(self, study: Study, trial: FrozenTrial) -> TPESampler:
        if self._current is None or self._current[0] != trial.number:
            earlier = study.get_trials(deepcopy=False)[: trial.number]
            number = sum(first_attempt(each) == each.number for each in earlier)
            self._current = trial.number, self._estimator(number)
        return self._current[1]

    def _estimator(self, number: int) -> TPESampler:
        seed = int(np.random.SeedSequence((self._seed, number)).generate_state(1)[0])
        with warnings.catch_warnings():
            # `constant_liar`, experimental since 2021, counts running trials as bad, so that workers avoid them.
            warnings.simplefilter("ignore", ExperimentalWarning)
            return TPESampler(seed=seed, n_startup_trials=self._random_trials, constant_liar=True)
