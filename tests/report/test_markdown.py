import re
from pathlib import Path

import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.evaluation.compare import compare_runs
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.comparison import Comparison
from tagwerk.evaluation.runs import read_runs
from tagwerk.report.markdown import escape_markdown, markdown
from tagwerk.report.verdict import verdict
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    study, _, folders = write_study(tmp_path_factory.mktemp("study"), jets=4000)
    cards = load_cards(Path(study))
    classes = [jet_class.name for jet_class in cards.dataset.classes]
    runs = read_runs(folders, cards.study.taggers, classes)
    sample, scores = sample_and_scores(runs, classes, cards.study.signal, cards.study.backgrounds)
    return compare_runs(cards, runs, sample, scores, count=50)


def test_table_has_one_row_per_tagger_the_best_first_and_equal_columns(comparison: Comparison) -> None:
    lines = [line for line in markdown(comparison).splitlines() if line.startswith("|")]
    best = next(tagger for tagger in comparison.taggers if tagger.name == comparison.best)
    assert len(lines) == 2 + len(comparison.taggers)
    assert lines[2].startswith(f"| {best.title} | {best.auc.value:.4f} ± ")
    assert len({line.count("|") for line in lines}) == 1


def test_headline_is_that_of_the_verdict(comparison: Comparison) -> None:
    assert markdown(comparison).splitlines()[0] == f"**{verdict(comparison).headline}**"


def test_several_backgrounds_are_named(comparison: Comparison) -> None:
    several = comparison.model_copy(update={"backgrounds": {"qcd": 0.8, "w_z": 0.2}})
    assert markdown(several).splitlines()[2] == "Signal: top; background: 0.8 qcd + 0.2 w\\_z."
    assert "background:" not in markdown(comparison)


TITLES = ["a | b", "a \\| b", "`code`", "*a* _b_ **c**", "<script>x</script>", "[a](http://b)", "a\nb", "a\r\n| c",
          "$x_1$", "~~a~~", "&lt;", "\\", "# a", "a\u2028b", "![a](b)", "ends in \\"]  # fmt: skip


def cells(line: str) -> list[str]:
    """Return the cells of a table line as Markdown reads it: split at unescaped bars, then unescaped."""
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", line)
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", part).strip() for part in parts[1:-1]]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_one_cell_of_text_whatever_it_contains(comparison: Comparison, title: str) -> None:
    first, *others = comparison.taggers
    changed = comparison.model_copy(update={"taggers": [first.model_copy(update={"title": title}), *others]})
    lines = [line for line in markdown(changed).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(comparison.taggers)
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines} == {10}
    assert " ".join(title.splitlines()) in [cells(line)[0] for line in lines]


@pytest.mark.parametrize("title", TITLES)
def test_no_mark_up_remains(title: str) -> None:
    assert "\n" not in escape_markdown(title)
    assert not re.search(r"[`*_\[\]<>|~$&#]", re.sub(r"\\.", "", escape_markdown(title)))


def test_numbers_and_words_are_unchanged() -> None:
    text = "LSTM, AUC 0.955 ± 0.002 (+3 \N{MINUS SIGN}2): 1/ε = 5.3 †!"
    assert escape_markdown(text) == text


def test_a_bound_is_explained_below_the_table(comparison: Comparison) -> None:
    first, *others = comparison.taggers
    bound = first.rejections[0].model_copy(update={"high": None, "low": 12.4, "background_jets": 1.0})
    first = first.model_copy(update={"rejections": [bound, *first.rejections[1:]]})
    text = markdown(comparison.model_copy(update={"taggers": [first, *others]}))
    assert "| > 12 † |" in text
    assert "\\> lower bound at 84 % CL: less than one effective background jet passes." in text
    assert "lower bound" not in markdown(comparison)
