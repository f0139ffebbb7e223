"""A category is compared as its jets alone would be, at its own working points."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import expit
from scipy.stats import norm

from tagwerk.cards.category import Category
from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.evaluation.categories import selected
from tagwerk.evaluation.compare import compare
from tagwerk.evaluation.runs import read_runs
from tests.evaluation.study_files import write_study
from tests.scores.score_files import CARD
from tests.scores.score_files import jets as scored_jets
from tests.scores.score_files import write as write_scores

ONE = {"name": "one", "title": "1-prong", "selection": "multiplicity == 1", "working_points": [0.6, 0.85]}
THREE = {"name": "three", "title": "3-prong", "selection": "multiplicity == 3", "working_points": [0.45, 0.75]}
DISTANCE = {1: 2.0, 3: 1.0, 2: 0.5}  # between signal and background, by number of prongs


def prongs(table, jets, seed):
    """Return a table of scores of two Gaussians, whose distance depends on the number of prongs."""
    random = np.random.default_rng(seed)
    number, label = random.choice([*DISTANCE], jets, p=[0.6, 0.3, 0.1]), np.arange(jets) % 2
    distance = np.array([DISTANCE[each] for each in number])
    pt = random.uniform(20, 100, jets)
    score = expit(random.normal(size=jets) + distance * label + 0.02 * (pt - 60))
    return pd.DataFrame({column: np.resize(table[column].to_numpy(), jets) for column in table}).assign(
        event=np.arange(jets, dtype=np.uint64), label=label, p_top=score, p_qcd=1 - score, multiplicity=number, pt=pt
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return cards and runs of two taggers, the second of which is the first with noise."""
    root = tmp_path_factory.mktemp("study")
    keys = {"categories": [ONE, THREE], "flat_in": ["pt"], "profiles": ["pt", "multiplicity"]}
    card, _, folders = write_study(root, taggers=["lstm", "boosted_trees"], **keys)
    cards = load_cards(card)
    runs = []
    for run in read_runs(folders, cards.study.taggers, ["qcd", "top"]):
        test, validation = prongs(run.scores, 20_000, 1), prongs(run.scores, 12_000, 2)
        if run.about.tagger == "boosted_trees":
            noise = np.random.default_rng(3).normal(size=len(test))
            score = expit(np.log(test.p_top / test.p_qcd) + noise)
            test = test.assign(p_top=score, p_qcd=1 - score).drop(columns="multiplicity")
            validation = validation.drop(columns="multiplicity")
        runs.append(replace(run, scores=test, validation=validation))
    return cards, runs


@pytest.fixture(scope="module")
def comparison(study):
    return compare(*study, count=50)


def with_categories(cards, *categories):
    entries = [Category.model_validate(each) for each in categories]
    return cards._replace(study=cards.study.model_copy(update={"categories": entries}))


def test_each_category_has_its_own_jets_and_working_points(study, comparison):
    number = study[1][0].scores.multiplicity
    for each, prongs_ in zip(comparison.categories, (1, 3), strict=True):
        found = each.comparison
        assert found.signal_jets + found.background_jets == (number == prongs_).sum()
        assert found.dataset == f"{comparison.dataset}, {each.title}"
        points = [each.signal_efficiency for each in found.taggers[0].rejections]
        assert points == {"one": ONE, "three": THREE}[each.name]["working_points"]
        assert [each.name for each in found.profiles.variables] == ["pt"]  # the number of prongs does not vary
        assert len(found.pairs[0].rejections) == len(found.taggers[1].difference.ratios) == 2


def test_without_working_points_a_category_has_those_of_the_study(study, comparison):
    cards = with_categories(study[0], {key: value for key, value in ONE.items() if key != "working_points"})
    (found,) = compare(cards, study[1], count=10).categories
    assert [each.signal_efficiency for each in found.comparison.taggers[0].rejections] == cards.study.working_points


def test_two_gaussians_per_category_have_their_closed_form(study):
    cards, runs = study
    flat = [
        replace(run, scores=without_slope(run.scores), validation=without_slope(run.validation)) for run in runs[:1]
    ]
    for each, number in zip(compare(cards, flat, count=50).categories, (1, 3), strict=True):
        (tagger,) = each.comparison.taggers
        auc = norm.cdf(DISTANCE[number] / np.sqrt(2))
        assert tagger.auc.value == pytest.approx(auc, abs=3 * tagger.auc.uncertainty)
        for rejection in tagger.rejections:
            exact = 1 / norm.sf(norm.isf(rejection.signal_efficiency) + DISTANCE[number])
            low, high = rejection.value - rejection.low, rejection.high - rejection.value
            assert rejection.value - 3 * low < exact < rejection.value + 3 * high


def without_slope(table):
    score = expit(np.log(table.p_top / table.p_qcd) - 0.02 * (table.pt - 60))
    return table.assign(p_top=score, p_qcd=1 - score)


def test_a_category_equals_a_comparison_of_its_jets_alone(study, comparison):
    cards, runs = study
    test, validation = (runs[0].scores.multiplicity == 3), (runs[0].validation.multiplicity == 3)
    alone = [replace(run, scores=run.scores[test], validation=run.validation[validation]) for run in runs]
    study_ = cards.study.model_copy(update={"categories": [], "working_points": THREE["working_points"]})
    expected = compare(cards._replace(study=study_), alone, count=50)
    found = comparison.categories[1].comparison
    assert found.model_dump(exclude={"dataset"}) == expected.model_dump(exclude={"dataset"})


def test_the_comparison_of_all_jets_does_not_depend_on_categories(study, comparison):
    alone = compare(with_categories(study[0]), study[1], count=50)
    assert alone.categories is None
    assert comparison.model_dump(exclude={"categories"}) == alone.model_dump(exclude={"categories"})


def test_flat_thresholds_are_chosen_on_the_validation_jets_of_the_category(study, comparison):
    validation = study[1][0].validation
    for each, number in zip(comparison.categories, (1, 3), strict=True):
        points = [point for point in each.comparison.working_points if point.tagger == "lstm"]
        assert {point.chosen_on for point in points} == {"validation"}
        assert {point.chosen_jets for point in points} == {
            ((validation.multiplicity == number) & (validation.label == 1)).sum()
        }
        flat = [point for point in points if point.variables]
        assert [point.signal_efficiency for point in flat] == [
            point.signal_efficiency for point in points if not point.variables
        ]
        for point in flat:
            assert [cell.value for cell in point.signal_by_cell] == pytest.approx(
                [point.signal_efficiency] * len(point.thresholds), abs=0.12
            )
            assert np.ptp(point.thresholds) > 0.05


def test_a_variable_that_a_table_lacks_is_from_one_of_the_same_jets(study):
    category = Category.model_validate(ONE)
    first, second = (run.scores for run in study[1])
    assert selected(category, second, [first]).tolist() == (first.multiplicity == 1).tolist()
    with pytest.raises(UserError, match="'one': the scores have no variable 'multiplicity'; correct its selection"):
        selected(category, second, [first[::-1]])


def test_a_jet_without_a_value_is_in_no_category(study):
    table = study[1][0].scores[:3].assign(multiplicity=[1, np.nan, 3])
    for selection, expected in {
        "multiplicity < 2": [True, False, False],
        "multiplicity": [True, False, True],
        "multiplicity - 1": [False, False, True],
        "True": [True, True, True],
    }.items():
        category = Category(name="some", title="some", selection=selection)
        assert selected(category, table, []).tolist() == expected


@pytest.mark.parametrize(
    ("category", "message"),
    [
        (THREE | {"selection": "multiplicity >= 1 and pt > 0"}, r"[\d,]+ test jets are in both 'one' and 'three'; "),
        (THREE | {"selection": "multiplicity == 4"}, r"'three' \(multiplicity == 4\): no test jets of class 'top'"),
        (THREE | {"selection": "multiplicity == 2 and p < 1"}, "'three': the scores have no variable 'p'"),
        (THREE | {"selection": "multiplicity == 2"}, "'three': key 'flat_in': .* signal jets are too few"),
    ],
)
def test_a_category_that_cannot_be_evaluated_is_refused_in_one_line(study, category, message):
    cards, runs = study
    if "flat_in" in message:
        runs = [replace(run, validation=run.validation[:1500]) for run in runs]
    with pytest.raises(UserError, match=f"^key 'categories': {message}") as error:
        compare(with_categories(cards, ONE | {"selection": "multiplicity == 1"}, category), runs, count=2)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("label", "missing"), [(0, "top"), (1, "qcd")])
def test_a_category_of_one_class_is_refused(study, label, missing):
    cards, runs = study
    tables = [run.scores.assign(width=run.scores.label) for run in runs]
    chosen = [replace(run, scores=table) for run, table in zip(runs, tables, strict=True)]
    with pytest.raises(UserError, match=f"no test jets of class '{missing}', but a comparison needs"):
        compare(with_categories(cards, ONE | {"selection": f"width == {label}"}), chosen, count=2)


def test_score_files_alone_have_categories_of_their_variables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_scores(tmp_path / "theirs", scored_jets(200).assign(prongs=[1, 1, 3, 3] * 50), "parquet")
    entry = CARD | {"name": "theirs", "files": "theirs.parquet", "variables": {"n_tracks": "prongs"}}
    categories = [{"name": "three", "title": "3-prong", "selection": "n_tracks == 3"}]
    study = {"title": "Theirs", "scores": [entry], "signal": "top", "background": "qcd", "categories": categories}
    (tmp_path / "theirs.yaml").write_text(yaml.safe_dump(study))
    (found,) = compare(tmp_path / "theirs.yaml", count=10).categories
    assert (found.comparison.signal_jets, found.comparison.background_jets) == (50, 50)
    assert found.comparison.dataset == "Theirs, 3-prong"
