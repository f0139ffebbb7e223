"""The inputs of a page are validated when they are read back from JSON."""

import json

import pytest

from tagwerk.checks.check_result import CheckResult
from tagwerk.errors import UserError
from tagwerk.evaluation.comparison import Comparison
from tagwerk.report.page import check_cards
from tagwerk.summaries.summary import Summary
from tests.report.test_page import check_of, study


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    return study(tmp_path_factory.mktemp("single"), jets=400)


def changed_json(comparison, key, value):
    """Return a comparison's JSON with another value at a key such as `taggers.0.color`."""
    document = json.loads(comparison.model_dump_json())
    *path, last = (int(part) if part.isdigit() else part for part in key.split("."))
    target = document
    for part in path:
        target = target[part]
    target[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("taggers.0.color", "red; background: url(//evil.example)", "taggers.0.color: "),
        ("taggers.1.color", '#fff"><script>alert(1)</script>', "taggers.1.color: "),
        ("taggers.1.color", "#12345g", "taggers.1.color: "),
        ("taggers.1.color", "#123456\n", "taggers.1.color: "),
        ("outcome", "winner onload", "outcome: "),
        ("best", "nobody", "the best is not among them"),
        ("taggers.0.name", "boosted_trees", "names are not unique"),
        ("taggers.0.rejections", [], "not evaluated at the same working points"),
        ("taggers.0.curve.low", [0.1], "differ in length"),
        ("taggers.0.metrics.auc.value", "high", "taggers.0.metrics.auc.value: "),
        ("signal_jets", -1, "signal_jets: "),
    ],
)
def test_an_invalid_comparison_does_not_reach_the_page(single, tmp_path, key, value, message):
    path = tmp_path / "comparison.json"
    path.write_text(changed_json(single[0], key, value))
    with pytest.raises(UserError) as error:
        Comparison.load(path)
    assert str(error.value).startswith(f"{path}: ")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("signal", "w", "compares w and qcd, but the study's card top and qcd"),
        ("taggers.0.name", "gru", "tagger 'gru' is not in the study's card"),
    ],
)
def test_a_comparison_of_other_cards_is_refused(single, tmp_path, key, value, message):
    comparison, cards, _ = single
    without_pairs = comparison.model_copy(update={"pairs": []})  # which name taggers too
    other = Comparison.model_validate_json(changed_json(without_pairs, key, value))
    with pytest.raises(UserError, match=f"comparison.json: {message}"):
        check_cards(tmp_path / "comparison.json", other, cards)


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
def test_a_summary_inconsistent_with_its_classes_is_refused(single, tmp_path, key, value):
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(json.loads(single[2].model_dump_json()) | {key: value}))
    with pytest.raises(UserError, match=r"summary\.json: is not a summary; run `tagwerk summarise` again"):
        Summary.load(path)


@pytest.mark.parametrize(("key", "value"), [("severity", "fatal"), ("count", -3), ("of", 0), ("count", "many")])
def test_a_check_with_impossible_values_is_refused(tmp_path, key, value):
    document = json.loads(check_of("a", ("long_jets", "warning", 3)).model_dump_json())
    document["faults"][0][key] = value
    path = tmp_path / "check.json"
    path.write_text(json.dumps(document))
    with pytest.raises(UserError, match=r"check\.json: not the result of a check; run `tagwerk check` again"):
        CheckResult.load(path)
