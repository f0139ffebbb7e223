"""A dataset card with the section `reweighting`, from its files to the report."""

import json

import numpy as np
import pytest

from tagwerk.summaries.summary import Summary
from tests.conftest import DATASET, STUDY, run, toy_branches, without_checksum, write_card, write_cards, write_root

SECTION = {"reference": "narrow", "bins": [3, 2]}


def branches(first, count):
    """Toy jets, of which the wide ones have a harder spectrum and twice the weight."""
    toy = toy_branches(first, count)
    scale = np.where(toy["is_wide"], 80, 40)
    random = np.random.default_rng(first)
    return toy | {"jet_pt": 500 + random.exponential(scale), "weight": 1.0 + toy["is_wide"]}


@pytest.fixture(scope="module", params=["weights", "resampling"])
def study(request, tmp_path_factory):
    """The toy study of trees with reweighting, trained, scored and compared."""
    toy = write_cards(tmp_path_factory.mktemp("toy"))
    card = DATASET | {"weight": "weight", "reweighting": SECTION | {"method": request.param}}
    write_card(toy.card, card)
    write_card(toy.study, STUDY | {"taggers": ["boosted_trees"]})
    for index, (file, part) in enumerate(zip(toy.files, toy.parts, strict=True)):
        assert run("ingest", toy.card, write_root(file, branches(400 * index, 400)), "--out", part) == 0
    assert run("summarise", toy.card, "--out", toy.summary, *toy.parts) == 0
    trained = toy.root / "trees"
    train = ["train", toy.tagger("boosted_trees"), toy.card, toy.summary]
    assert run(*train, "--out", trained / "model", *toy.parts, "--seed", 3) == 0
    assert run("score", trained / "model", "--out", trained / "scores", *toy.parts) == 0
    assert run("compare", toy.study, toy.summary, "--out", toy.root / "comparison", trained) == 0
    assert run("report", toy.study, toy.summary, toy.root / "comparison", "--out", toy.root / "report.html") == 0
    return toy


def test_the_summary_holds_the_factors_and_each_class_keeps_its_weight(study):
    summary = Summary.load(study.summary)
    reweighting = summary.reweighting
    assert reweighting.jets == summary.counts["train"]
    for closure in reweighting.closure.values():
        for label, name in enumerate(summary.classes):
            assert sum(closure.before[name]) == (1 + label) * reweighting.jets[name]
            assert sum(closure.after[name]) == pytest.approx((1 + label) * reweighting.jets[name])
    assert reweighting.effective["narrow"] == reweighting.jets["narrow"]
    assert 0.3 * reweighting.jets["wide"] < reweighting.effective["wide"] < 0.95 * reweighting.jets["wide"]


def test_the_report_shows_the_closure(study):
    assert (study.root / "comparison/closure.png").exists()
    html = (study.root / "report.html").read_text()
    assert '<h3 id="reweighting">Reweighting</h3>' in html
    assert html.count("data:image/png;base64,iVBOR") == 9 + (study.root / "comparison/histories.png").exists()


def test_test_jets_keep_their_weights(study):
    import pandas as pd

    scores = pd.read_parquet(study.root / "trees/scores/scores.parquet")
    assert (scores.weight == 1 + scores.label).all()
    assert len(scores) == sum(Summary.load(study.summary).counts["test"].values())


def test_a_training_is_reproducible_and_depends_on_the_factors(study, tmp_path):
    train = ["train", study.tagger("boosted_trees"), study.card]
    summary = json.loads(without_checksum(study.summary.read_text()))
    summary["reweighting"]["factors"]["wide"] = [[1.0] * 2] * 3
    (tmp_path / "plain.json").write_text(json.dumps(summary))
    assert run(*train, study.summary, *study.parts, "--out", tmp_path / "same", "--seed", 3) == 0
    assert run(*train, tmp_path / "plain.json", *study.parts, "--out", tmp_path / "plain", "--seed", 3) == 0
    history = (study.root / "trees/model/history.csv").read_text()
    assert (tmp_path / "same/history.csv").read_text() == history
    assert (tmp_path / "plain/history.csv").read_text() != history


def test_a_summary_with_other_reweighting_is_refused(study, tmp_path, failed):
    card = write_card(tmp_path / "toy.yaml", study.card.read_text().replace("narrow\n  bins", "wide\n  bins"))
    line = failed(
        "train", study.tagger("boosted_trees"), card, study.summary, "--out", tmp_path / "model", *study.parts
    )
    assert line.startswith(f"tagwerk: {study.summary}: its section 'reweighting' differs")


@pytest.mark.parametrize(("weight", "message"), [("0 * weight", "sum to 0; correct the weight"),
                                              ("weight - 1.5", "class 'narrow' sum to -")])  # fmt: skip
def test_weights_that_cannot_be_reweighted_are_refused_in_one_line(tmp_path, failed, weight, message):
    file = write_root(tmp_path / "toy_0.root", branches(0, 200))
    card = DATASET | {"weight": weight, "reweighting": SECTION, "checks": {"negative_weights": "note"}}
    card = write_card(tmp_path / "toy.yaml", card)
    assert run("ingest", card, file, "--out", tmp_path / "part") == 0
    line = failed("summarise", card, "--out", tmp_path / "summary.json", tmp_path / "part")
    assert line.startswith(f"tagwerk: {card}: key 'weight': the weights of the training jets of class 'narrow' sum to")
    assert message in line
    assert not (tmp_path / "summary.json").exists()
