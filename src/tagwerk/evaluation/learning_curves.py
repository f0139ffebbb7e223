"""How good each tagger is on how many training jets."""

from collections.abc import Mapping, Sequence

import numpy as np

from tagwerk.arrays import Floats64
from tagwerk.cards.tagger import Tagger
from tagwerk.evaluation.comparison import AtSize, Difference
from tagwerk.evaluation.measured import BySize, Measured, quantity, rejections
from tagwerk.evaluation.paired import difference


def at_sizes(measured: BySize, cards: Mapping[str, Tagger], best: str, working_points: Floats64) -> list[AtSize]:
    """Return each tagger at each size, the smallest first; nothing where the taggers were trained on all jets.

    The rejection is that at the middle one of the working points (P,), which are the first that were measured.
    """
    middle = int(np.argsort(working_points)[len(working_points) // 2])
    return [
        AtSize(
            tagger=name,
            title=cards[name].title,
            color=cards[name].color,
            jets=jets,
            trainings=len(tagger.auc),
            auc=quantity(tagger.auc, tagger.replicas.auc),
            rejection=rejections(tagger, working_points)[middle],
            difference=_against(tagger, taggers.get(best)),
        )
        for jets, taggers in measured.items()
        if jets is not None
        for name, tagger in taggers.items()
    ]


def by_tagger(found: Sequence[AtSize]) -> list[list[AtSize]]:
    """Return of each tagger what it is at each size, the smallest first, and of all taggers the best one first."""
    groups: dict[str, list[AtSize]] = {}
    for each in sorted(found, key=lambda each: each.jets):
        groups.setdefault(each.tagger, []).append(each)
    return sorted(groups.values(), key=lambda group: (-group[-1].jets, -group[-1].auc.value))


def _against(tagger: Measured, best: Measured | None) -> Difference | None:
    return None if best is None or tagger is best else difference(tagger, best)
