"""The file of working points can be read and applied elsewhere."""

import json

import numpy as np
import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.compared_jets import sample_and_scores
from tagwerk.evaluation.runs import read_runs
from tagwerk.evaluation.working_point_file import (
    DiscriminantDefinition,
    read_working_points,
    working_point_file,
    write_working_points,
)
from tagwerk.evaluation.working_points import passes
from tests.evaluation.study_files import write_study


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("points")
    card, _, runs = write_study(folder, taggers=["lstm"], flat_in=["pt"], seeds=[3, 4])
    content = working_point_file(compare(card, runs, count=10))
    write_working_points(folder / "working_points.json", content)
    return content, folder / "working_points.json", card, runs


def test_it_is_read_as_it_was_written(written):
    assert read_working_points(written[1]) == written[0]


def test_a_point_that_was_read_passes_the_jets_that_were_measured(written):
    file, cards = read_working_points(written[1]), load_cards(written[2])
    runs = read_runs(written[3], cards.study.taggers, ["qcd", "top"])
    sample, scores = sample_and_scores(runs, ["qcd", "top"], "top", "qcd")
    for flat in (False, True):
        point = file.of("lstm", 0.5, flat, seed=4)
        assert point.chosen_on == "validation"
        passing = passes(point, scores[1], sample.variables)
        assert passing[sample.signal].mean() == pytest.approx(point.signal.value)
        assert passing[~sample.signal].mean() == pytest.approx(point.background.value)


def test_points_of_a_category_pass_its_jets(tmp_path):
    category = {"name": "few", "title": "Few", "selection": "multiplicity < 63", "working_points": [0.6]}
    card, _, folders = write_study(tmp_path, taggers=["lstm"], categories=[category])
    write_working_points(tmp_path / "points.json", working_point_file(compare(card, folders, count=10)))
    file = read_working_points(tmp_path / "points.json")
    assert [(each.title, each.selection) for each in file.categories] == [("Few", "multiplicity < 63")]
    runs = read_runs(folders, ["lstm"], ["qcd", "top"])
    sample, scores = sample_and_scores(runs, ["qcd", "top"], "top", "qcd")
    point = file.of("lstm", 0.6, category="few")
    signal = sample.signal & (sample.variables["multiplicity"] < 63)
    assert passes(point, scores[0])[signal].mean() == pytest.approx(point.signal.value)
    with pytest.raises(UserError, match=r"'lstm' at a signal efficiency of 0\.6 in category 'fev'"):
        file.of("lstm", 0.6, category="fev")
    with pytest.raises(UserError, match=r"no inclusive working point of 'lstm' at a signal efficiency of 0\.6;"):
        file.of("lstm", 0.6)


def test_it_says_what_it_holds(written):
    content = json.loads(written[1].read_text(encoding="utf-8"))
    assert (content["format"], content["version"]) == ("tagwerk working points", 1)
    assert content["discriminant"]["formula"] == "p_top / (p_top + p_qcd)"
    flat = next(each for each in content["points"] if each["variables"])
    assert (flat["variables"][0]["name"], flat["variables"][0]["unit"]) == ("pt", "GeV")
    assert "sha256" in content


def test_fractions_are_in_the_formula():
    found = DiscriminantDefinition.of("b", {"c": 0.2, "light": 0.8})
    assert found.formula == "p_b / (p_b + 0.2 p_c + 0.8 p_light)"


def test_a_missing_point_another_version_and_damage_are_refused(written, tmp_path):
    with pytest.raises(UserError, match=r"no flat working point of 'lstm' at a signal efficiency of 0\.6"):
        written[0].of("lstm", 0.6, flat=True)
    with pytest.raises(UserError, match="no such file; run `tagwerk compare` first"):
        read_working_points(tmp_path / "absent.json")
    content = written[0].model_dump() | {"version": 2}
    (tmp_path / "new.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=r"new.json: version: Input should be 1; run"):
        read_working_points(tmp_path / "new.json")
    text = written[1].read_text(encoding="utf-8").replace("0.5", "0.6")
    (tmp_path / "edited.json").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="does not match"):
        read_working_points(tmp_path / "edited.json")


def test_discriminants_are_in_double_precision(written):
    thresholds = np.array([each for point in written[0].points for each in point.thresholds])
    assert (thresholds != thresholds.astype(np.float32)).any()
