"""What a page is made of is validated when it is read back from JSON."""

import json

import pytest

from tagwerk.checks.check_result import Check
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.report.page import check_cards
from tagwerk.summaries.summary import Summary
from tests.report.test_page import checked, study


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return study(tmp_path_factory.mktemp("single"), jets=400)


def spoilt(comparison, place, value):
    """Return a comparison's JSON with another value at a place such as `taggers.0.color`."""
    found = json.loads(comparison.model_dump_json())
    *path, last = (int(each) if each.isdigit() else each for each in place.split("."))
    target = found
    for each in path:
        target = target[each]
    target[last] = value
    return json.dumps(found)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("taggers.0.color", "red; background: url(//evil.example)", "taggers.0.color: "),
        ("taggers.1.color", '#fff"><script>alert(1)</script>', "taggers.1.color: "),
        ("taggers.1.color", "#12345g", "taggers.1.color: "),
        ("taggers.1.color", "#123456\n", "taggers.1.color: "),
        ("outcome", "winner onload", "outcome: "),
        ("best", "nobody", "the best is not among them"),
        ("taggers.0.name", "boosted_trees", "each have a name of their own"),
        ("taggers.0.rejections", [], "not measured at the same working points"),
        ("taggers.0.curve.low", [0.1], "differ in length"),
        ("taggers.0.auc.value", "high", "taggers.0.auc.value: "),
        ("signal_jets", -1, "signal_jets: "),
    ],
)
def test_what_was_changed_in_a_comparison_does_not_reach_the_page(single, tmp_path, place, value, said):
    path = tmp_path / "comparison.json"
    path.write_text(spoilt(single[0], place, value))
    with pytest.raises(UserError) as mistake:
        Comparison.load(path)
    assert str(mistake.value).startswith(f"{path}: ")
    assert said in str(mistake.value)
    assert "\n" not in str(mistake.value)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("signal", "w", "compares w and qcd, the study's card top and qcd"),
        ("taggers.0.name", "gru", "tagger 'gru' is not in the study's card"),
    ],
)
def test_a_comparison_of_other_cards_is_refused(single, tmp_path, place, value, said):
    comparison, cards, _ = single
    found = Comparison.model_validate_json(spoilt(comparison, place, value))
    with pytest.raises(UserError, match=f"comparison.json: {said}"):
        check_cards(tmp_path / "comparison.json", found, cards)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("classes", ["qcd"]),
        ("counts", {}),
        ("counts", {"train": {"qcd": 1, "<b>": 2}}),
        ("counts", {"train": {"qcd": -1, "top": 2}}),
        ("histograms", {"pt": {"edges": [0, 1], "counts": {"qcd": [], "top": [1]}}}),
    ],
)
def test_a_summary_that_is_not_of_its_classes_is_refused(single, tmp_path, key, value):
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(json.loads(single[2].model_dump_json()) | {key: value}))
    with pytest.raises(UserError, match=r"summary\.json: holds no summary; run `tagwerk summarise` again"):
        Summary.load(path)


@pytest.mark.parametrize(("key", "value"), [("severity", "fatal"), ("count", -3), ("of", 0), ("count", "many")])
def test_a_check_with_numbers_that_cannot_be_is_refused(tmp_path, key, value):
    found = json.loads(checked("a", ("long_jets", "warning", 3)).model_dump_json())
    found["faults"][0][key] = value
    path = tmp_path / "check.json"
    path.write_text(json.dumps(found))
    with pytest.raises(UserError, match=r"check\.json: holds no check; run `tagwerk check` again"):
        Check.load(path)
