"""The metrics of a tagger, one per module: the module's name is the key in `comparison.json`.

Tables, page, JSON and `docs/metrics.md` go over all of them, the AUC first, by which taggers are ranked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from tagwerk.arrays import Floats64
from tagwerk.evaluation.compared_jets import ComparedJets
from tagwerk.evaluation.ranking import Resampling

RANKED_BY = "auc"


@dataclass(frozen=True)
class Metric:
    """A number that says how good a tagger is, the higher the better.

    Attributes:
        label: the heading in tables.
        definition: one sentence for page and docs.
        source: the function or paper that defines it.
        value: of a sample and its scores (B,).
        replicas: the same in R replicas, (R,).
        needs_probabilities: whether it is undefined for scores that only rank the jets.
    """

    label: str
    definition: str
    source: str
    value: Callable[[ComparedJets, Floats64], float]
    replicas: Callable[[Resampling], Floats64]
    needs_probabilities: bool = False


@cache
def metrics() -> dict[str, Metric]:
    """Return all metrics by name, the one that ranks taggers first."""
    names = sorted((module.name for module in iter_modules(__path__)), key=lambda name: (name != RANKED_BY, name))
    return {name: import_module(f"{__name__}.{name}").METRIC for name in names}
