from pathlib import Path

import pytest

from tagwerk.cards.study import load_cards
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.markdown import markdown
from tagwerk.evaluation.result import Comparison
from tagwerk.evaluation.runs import read_runs
from tagwerk.evaluation.sample import sample_and_scores
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    study, _, folders = write_study(tmp_path_factory.mktemp("study"), jets=4000)
    cards = load_cards(Path(study))
    classes = [each.name for each in cards.dataset.classes]
    runs = read_runs(folders, cards.study.taggers, classes)
    sample, scores = sample_and_scores(runs, classes, cards.study.signal, cards.study.background)
    return compare(cards, runs, sample, scores, count=50)


def test_table_has_a_row_a_tagger_the_best_first_and_equal_columns(comparison: Comparison) -> None:
    lines = [line for line in markdown(comparison).splitlines() if line.startswith("|")]
    best = next(tagger for tagger in comparison.taggers if tagger.name == comparison.best)
    assert len(lines) == 2 + len(comparison.taggers)
    assert lines[2].startswith(f"| {best.title} | {best.auc.value:.4f} ± ")
    assert len({line.count("|") for line in lines}) == 1


def test_headline_is_the_verdicts(comparison: Comparison) -> None:
    assert markdown(comparison).splitlines()[0] == f"**{comparison.verdict.headline}**"
