"""The results of `tagwerk probe` that lie next to the scores of a study's taggers."""

from collections.abc import Sequence
from pathlib import Path

from tagwerk.cards.study import Study
from tagwerk.class_text import Classes
from tagwerk.errors import UserError
from tagwerk.evaluation.robustness_result import TaggerRobustness
from tagwerk.scores.tagger_run import Run

FILE = "robustness.json"


def read_robustness(study: Study, runs: Sequence[Run]) -> list[TaggerRobustness]:
    """Return the results of the first of each tagger's runs that has any, in the order of the runs.

    Args:
        study: the card; its key `robustness.jets` may be zero.
        runs: of one training-sample size.

    Raises:
        UserError: a file is damaged, or of another training, other classes or other working points.
    """
    found: dict[str, TaggerRobustness] = {}
    for run in runs if study.robustness.jets else ():
        path = run.folder / FILE
        if run.about.tagger not in found and path.is_file():
            found[run.about.tagger] = TaggerRobustness.load(path)
            _check(path, found[run.about.tagger], run, study)
    return list(found.values())


def _check(path: Path, result: TaggerRobustness, run: Run, study: Study) -> None:
    points = [each.signal_efficiency for each in result.nominal.rejections]
    compared = {
        "tagger and seed": ((result.tagger, result.seed), (run.about.tagger, run.about.seed)),
        "classes": (_classes(result), _classes(study)),
        "working points": (tuple(points), tuple(study.working_points)),
    }
    for what, (given, expected) in compared.items():
        if given != expected:
            texts = [", ".join(map(str, each)) for each in (given, expected)]
            raise UserError(f"{path}: its {what} are {texts[0]}, not {texts[1]}; run `tagwerk probe` again")


def _classes(where: Classes) -> tuple[str, ...]:
    return where.signal, *(f"{fraction:g} {name}" for name, fraction in where.backgrounds.items())
