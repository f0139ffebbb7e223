"""Which trials are stopped early."""

from optuna.pruners import BasePruner, MedianPruner

from tagwerk.cards.search import Pruning


def pruner(pruning: Pruning) -> BasePruner:
    """Return the median rule: a trial ends whose lowest loss so far is above the median of the others' at its epoch.

    Hyperband would stop more of them, but divides the trials among several lengths first, and learns from each apart:
    a search of some tens of trials of some ten epochs leaves it too few in each.
    """
    return MedianPruner(n_startup_trials=pruning.trials, n_warmup_steps=pruning.epochs)
