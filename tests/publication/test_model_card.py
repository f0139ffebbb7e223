"""A model card has the numbers of record, summary and comparison, and says what is not known."""

import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.cards.publication import Author, Publication
from tagwerk.checksums import write_json
from tagwerk.cli.modelcard import modelcard
from tagwerk.errors import UserError
from tagwerk.evaluation.compare import compare
from tagwerk.layers.schema import Schema
from tagwerk.publication.model_card import model_card
from tagwerk.rounding import measurement, plain
from tagwerk.summaries.summary import Summary
from tagwerk.training.model import TrainingRecord
from tests.conftest import STUDY as TOY_STUDY
from tests.conftest import run, write_card
from tests.evaluation.robustness_results import comparison_of, result
from tests.evaluation.study_files import write_study
from tests.evaluation.test_alternatives import study as alternative_study
from tests.publication.conftest import FOLDER

SECTIONS = [
    "Model", "Jets on which it holds", "Training jets", "Performance", "Calibration", "Robustness", "Limits",
    "Licence and citation", "Software",
]  # fmt: skip


def record_of(cards, name="lstm", **changes):
    values = {
        "name": name, "tagger": cards.taggers[name], "seed": 1, "parameters": 57_000, "threads": 1,
        "schema_": Schema(["qcd", "top"], ["pt", "eta"], {"constituents": ["pt", "eta", "phi", "energy"]}),
        "ordering": {"constituents": {"key": "pt", "max_length": 50, "selection": "pt > 1"}},
        "pieces": {"train": ["train"]}, "training_jets": 18_000, "training_seconds": 400.0, "epochs": 12,
        "versions": {"tagwerk": "0.1.0", "keras": "3.15.1"},
    }  # fmt: skip
    return TrainingRecord.model_validate(values | changes)


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    root = tmp_path_factory.mktemp("single")
    comparison = comparison_of(root, ("lstm",))
    return load_cards(root / "config/studies/demo.yaml"), Summary.load(root / "results/top/summary.json"), comparison


def sections(text):
    parts = text.split("\n## ")
    return {part.partition("\n\n")[0]: part.partition("\n\n")[2].strip() for part in parts[1:]}


def test_the_numbers_are_those_of_the_comparison(single):
    cards, summary, comparison = single
    found = sections(model_card(record_of(cards), *single))
    assert list(found) == SECTIONS
    tagger = next(each for each in comparison.taggers if each.name == "lstm")
    calibration = next(each for each in comparison.calibration if each.tagger == "lstm")
    assert f"- AUC: {measurement(tagger.auc.value, tagger.auc.uncertainty)}" in found["Performance"]
    assert f"{comparison.signal_jets:,} and {comparison.background_jets:,} test jets" in found["Performance"]
    for rejection in tagger.rejections:
        assert f"at a signal efficiency of {rejection.signal_efficiency:g}: " in found["Performance"]
    assert measurement(calibration.error, calibration.uncertainty) in found["Calibration"]
    changes = result("lstm").perturbations
    assert f"- Smeared: {measurement(changes[0].difference, changes[0].uncertainty)}" in found["Robustness"]
    assert "- Shuffled: no change" in found["Robustness"]
    assert f"| train | {summary.counts['train']['qcd']:,} |" in found["Training jets"]


def test_it_says_on_what_jets_the_tagger_holds(single):
    cards, summary, _ = single
    found = sections(model_card(record_of(cards), *single))["Jets on which it holds"]
    edges = summary.histograms["pt"].edges
    assert f"| `pt` | {plain(edges[0], 3)} | {plain(edges[-1], 3)} |" in found
    assert "- `constituents`: by descending `pt`, at most 50" in found
    assert "- `constituents`: only those with `pt > 1`" in found
    assert "- class `top`, Top jets: `label == 1`" in found


def test_a_tagger_that_was_not_probed_says_so(single):
    found = sections(model_card(record_of(single[0], "boosted_trees"), *single))
    assert found["Robustness"] == "Not known: not probed."
    comparison = single[2].model_copy(update={"robustness": [], "calibration": None})
    found = sections(model_card(record_of(single[0]), *single[:2], comparison))
    assert found["Calibration"] == "Not known."
    assert "- Not probed with perturbed jets." in found["Limits"]


def test_licence_authors_and_citation_are_those_of_the_study(single):
    cards, summary, comparison = single
    found = sections(model_card(record_of(cards), *single))
    assert "- licence: not known; the key `publication.license` of the study card gives it" in found[SECTIONS[-2]]
    author = Author(name="Noether, Emmy", affiliation="Göttingen", orcid="0000-0002-1825-0097")
    publication = Publication(license="CC-BY-4.0", cite="arXiv:2100.00001", authors=[author])
    cards = cards._replace(study=cards.study.model_copy(update={"publication": publication}))
    found = sections(model_card(record_of(cards), cards, summary, comparison))
    assert "- licence: [CC-BY-4.0](https://spdx.org/licenses/CC-BY-4.0.html)" in found[SECTIONS[-2]]
    assert "- cite: arXiv:2100.00001" in found[SECTIONS[-2]]
    assert "- author: Noether, Emmy (Göttingen, ORCID 0000-0002-1825-0097)" in found["Model"]


def test_a_training_of_another_size_has_its_own_results(tmp_path):
    card, path, runs = write_study(tmp_path, jets=600, taggers=["lstm", "boosted_trees"], sizes=[500, 1000])
    cards, summary, comparison = load_cards(card), Summary.load(path), compare(card, runs, count=10)
    small = next(each for each in comparison.sizes if (each.tagger, each.jets) == ("lstm", 500))
    large = next(each for each in comparison.taggers if each.name == "lstm")
    for drawn, quantity in ((500, small.auc), (1000, large.auc)):
        found = sections(model_card(record_of(cards, drawn=drawn), cards, summary, comparison))
        assert measurement(quantity.value, quantity.uncertainty) in found["Performance"]
        assert f"({drawn:,} chosen of the split)" in found["Training jets"]
    found = sections(model_card(record_of(cards, drawn=700), cards, summary, comparison))
    assert found["Performance"] == "Not known: this training is not among those of the comparison."


def test_changes_on_other_samples_are_given(tmp_path):
    card, path, runs = alternative_study(tmp_path)
    comparison = compare(card, runs, count=10)
    text = model_card(record_of(load_cards(card)), load_cards(card), Summary.load(path), comparison)
    assert "- change of the AUC on Jets of another shower: " in text
    assert "Not evaluated on another sample" not in text
    assert "mean of 2 trainings" in text


def test_truncated_training_jets_are_counted(single):
    cards, summary, comparison = single
    lengths = {"constituents": [0] * 50 + [7, 5, 3]}
    changed = summary.model_copy(update={"lengths": lengths})
    text = model_card(record_of(cards), cards, changed, comparison)
    assert "at most 50; 8 training jets have more" in text


def test_trees_need_their_constituents(single):
    schema = Schema(
        ["qcd", "top"], [], {"constituents": ["pt"], "constituents_kt": ["pt"]}, {"constituents_kt": "constituents"}
    )
    text = model_card(record_of(single[0], schema_=schema), *single)
    assert "- Needs the clustering trees `constituents_kt` of exactly these constituents" in text


@pytest.mark.slow
def test_the_command_writes_the_card_of_a_trained_tagger(project, capsys):
    model, summary, comparison = (FOLDER / name for name in ("lstm/seed3/model", "summary.json", "comparison"))
    assert run("modelcard", "toy", model, summary, comparison, "--out", "card.md") == 0
    text = (project / "card.md").read_text(encoding="utf-8")
    assert text.startswith("# lstm: ")
    assert list(sections(text)) == SECTIONS
    assert "Noether, Emmy" in text
    assert run("modelcard", "toy", model, summary, comparison, "--out", "card.md") == 2
    assert "card.md: already exists; choose another name or remove it" in capsys.readouterr().err
    write_card(project / "config/studies/other.yaml", TOY_STUDY | {"taggers": ["boosted_trees"]})
    assert run("modelcard", "other", model, summary, comparison, "--out", "other.md") == 2
    assert "lstm/seed3/model: is of tagger 'lstm', which other does not have" in capsys.readouterr().err
    assert not (project / "other.md").exists()


def test_a_file_that_was_trained_elsewhere_has_no_card(tmp_path):
    card, summary, _ = write_study(tmp_path, jets=10)
    tagger = {"title": "Theirs", "color": "#e42536", "architecture": "onnx", "model": {"file": "theirs.onnx"}}
    tagger |= {"inputs": {"sequences": {"constituents": ["log_pt"]}}}
    (tmp_path / "model").mkdir()
    write_json(tmp_path / "model/training.json", record_of(load_cards(card), tagger=tagger))
    with pytest.raises(UserError, match="model: is a file that was trained elsewhere; its card is with those who"):
        modelcard(card, tmp_path / "model", summary, tmp_path, out=tmp_path / "card.md")
    assert not (tmp_path / "card.md").exists()
