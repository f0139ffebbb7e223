"""Early stopping of trials."""

from optuna.pruners import BasePruner, MedianPruner

from tagwerk.cards.search import Pruning


def pruner(pruning: Pruning) -> BasePruner:
    """Return the median rule: stop a trial whose lowest loss so far is above the others' median at the same epoch.

    Hyperband would stop more trials, but splits them into brackets of different lengths and learns from each
    separately: a search of tens of trials with about ten epochs leaves too few in each.
    """
    return MedianPruner(n_startup_trials=pruning.trials, n_warmup_steps=pruning.epochs)
