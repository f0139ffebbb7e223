"""`import tagwerk`: what the commands do with files, its functions do with arrays, to the last bit."""

import inspect
import subprocess
import sys

import awkward as ak
import numpy as np
import pandas as pd
import pytest
import yaml

import tagwerk as tw
from tagwerk.records.store import read_records
from tests.conftest import changed, toy_branches, write_card
from tests.evaluation.study_files import write_study

SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def records(toy):
    """The jets of the toy files, read into memory under the names of their parts."""
    return [tw.read(toy.card, file, part.name) for file, part in zip(toy.files, toy.parts, strict=True)]


@pytest.fixture(scope="module")
def summary(toy, records):
    return tw.summarise(toy.card, records)


def test_every_public_name_is_documented_and_imported_when_it_is_used():
    for name in tw.__all__:
        assert name == "__version__" or inspect.getdoc(getattr(tw, name))
    assert dir(tw) == sorted(tw.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        _ = tw.trian
    code = "import sys, tagwerk; sys.exit(bool({'tensorflow', 'awkward', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_jets_read_into_memory_are_those_that_ingest_writes(toy, records):
    for part, jets in zip(toy.parts, records, strict=True):
        assert jets.fields == [*read_records(part, "train").fields, "split"]
        for split in SPLITS:
            assert ak.array_equal(ak.drop_none(jets[jets.split == split][jets.fields[:-1]]), read_records(part, split))


def test_the_directory_that_ingest_writes_has_the_findings_of_check(toy, tmp_path):
    result = tw.ingest(toy.card, toy.files[0], tmp_path / "toy_0")
    assert result == tw.check(toy.card, toy.files[0])
    assert ak.array_equal(tw.read_records(tmp_path / "toy_0", "test"), read_records(toy.parts[0], "test"))


def test_arrays_are_read_like_the_file_that_holds_them(toy, records):
    branches = toy_branches(0, 100)
    for arrays in (branches, ak.zip(branches, depth_limit=1)):
        assert ak.array_equal(tw.read(tw.Dataset.load(toy.card), arrays, "toy_0"), records[0])
    assert tw.check(toy.card, branches).classes == tw.check(toy.card, toy.files[0]).classes


def test_arrays_without_a_branch_are_refused(toy):
    branches = toy_branches(0, 100)
    branches["jet_pT"] = branches.pop("jet_pt")
    with pytest.raises(tw.UserError, match=r"the arrays have no branch 'jet_pt'; did you mean 'jet_pT'\?"):
        tw.read(toy.card, branches)


def test_arrays_with_an_error_are_refused(toy):
    branches = toy_branches(0, 100)
    branches["jet_pt"][3] = np.nan
    with pytest.raises(tw.UserError, match=r"arrays, .*toy\.yaml: error \(not_finite, jet\.pt\): 1 of 100"):
        tw.read(toy.card, branches)


def test_the_summary_is_that_of_the_files(toy, summary):
    assert summary == tw.Summary.load(toy.summary)
    assert summary == tw.summarise(toy.card, toy.parts)


@pytest.mark.parametrize("tagger", ["lstm", "boosted_trees"])
def test_a_tagger_trained_in_memory_gives_the_scores_of_the_commands(toy, toy_runs, records, summary, tagger):
    model = tw.train(toy.tagger(tagger), toy.card, summary, records, epochs=20, seed=3)
    run, other = tw.score(model, records), tw.read_run(toy_runs / tagger, ["narrow", "wide"])
    columns = ["event", "source", "label", "weight", "p_narrow", "p_wide"]
    pd.testing.assert_frame_equal(run.scores[columns], other.scores[columns], check_dtype=False)
    pd.testing.assert_frame_equal(
        run.history.drop(columns="seconds", errors="ignore"), other.history.drop(columns="seconds", errors="ignore")
    )
    timed = {"training_seconds", "seconds", "jets_per_second"}
    assert run.about.model_dump(exclude=timed) == other.about.model_dump(exclude=timed)


def test_the_jets_to_train_on_may_be_chosen_with_awkward(toy, records):
    some = [jets[(jets.split != "train") | (jets.jet.pt > ak.mean(jets.jet.pt))] for jets in records]
    model = tw.train(toy.tagger("boosted_trees"), toy.card, None, some)
    assert model.record.training_jets == sum(ak.sum(jets.split == "train") for jets in some)
    assert 0 < model.record.training_jets < sum(ak.sum(jets.split == "train") for jets in records)


def test_jets_in_memory_may_be_drawn_and_streamed(toy, toy_runs, records):
    settings = {"training_jets": 60, "epochs": 2, "seed": 3}
    models = [
        tw.train(toy.tagger("lstm"), toy.card, toy.summary, jets, mem_mb=mem_mb, **settings)
        for jets, mem_mb in ((records, None), (toy.parts, None), (toy.parts, 100_000))
    ]
    assert [model.record.training_jets for model in models] == [60, 60, 60]
    first, *others = (model.model.get_weights() for model in models)
    for weights in others:
        for one, other in zip(first, weights, strict=True):
            np.testing.assert_array_equal(one, other)


def test_scores_have_the_jet_variables_that_the_model_does_not_know(toy, records, tmp_path):
    model = tw.train(toy.tagger("boosted_trees"), toy.card, None, records)
    wanted = changed(yaml.safe_load(toy.card.read_text()), "jet.extra", {"published": "jet_mass"})
    card = write_card(tmp_path / "more.yaml", wanted)
    more = [tw.read(card, file, part.name) for file, part in zip(toy.files, toy.parts, strict=True)]
    plain, run = tw.score(model, records), tw.score(model, more)
    assert run.scores["published"].tolist() == run.scores["mass"].tolist()
    assert run.scores.drop(columns="published").equals(plain.scores)


def test_a_model_is_written_and_loaded(toy, toy_runs, records, tmp_path):
    model = tw.train(toy.tagger("boosted_trees"), toy.card, None, records, name="mine", out=tmp_path / "model")
    loaded = tw.load_model(tmp_path / "model")
    assert loaded.record == model.record
    assert loaded.record.name == "mine"
    pd.testing.assert_frame_equal(tw.score(loaded, records).scores, tw.score(tmp_path / "model", records).scores)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_runs_in_memory_are_compared_like_those_on_disk(tmp_path):
    study, _, folders = write_study(tmp_path, jets=400)
    runs = [tw.read_run(folder, ["qcd", "top"]) for folder in folders]
    comparison = tw.compare(study, folders, count=20)
    assert tw.compare(tw.load_cards(study), runs, count=20) == comparison
    assert f"| {comparison.titles[comparison.best]} |" in tw.markdown(comparison)


def test_cards_may_be_made_in_python(toy, toy_runs, records):
    dataset, tagger = tw.Dataset.load(toy.card), tw.Tagger.load(toy.tagger("boosted_trees"))
    study = tw.Study(
        title="Mine", dataset="toy", taggers=["mine"], seeds=[1], epochs=3, signal="wide", background="narrow"
    )
    cards, model = tw.Cards(study, dataset, {"mine": tagger}), tw.train(tagger, dataset, None, records, name="mine")
    with pytest.raises(tw.UserError, match=r"^mine, seed 1: 21 test jets of class 'narrow', but a comparison needs 25"):
        tw.compare(cards, [tw.score(model, records)])
    comparison = tw.compare(cards, [tw.score(model, records, "train")], count=20)
    assert (comparison.study, comparison.best) == ("Mine", "mine")


def test_other_arrays_and_jets_of_another_card_are_refused(toy, records, tmp_path):
    with pytest.raises(tw.UserError, match=r"array 0: has no field 'split'; make jet records with tagwerk\.read"):
        tw.summarise(toy.card, records[0][records[0].fields[:-1]])
    other = write_card(tmp_path / "other.yaml", changed(toy_card(toy), "sequences.constituents.extra", None))
    few = tw.read(other, toy.files[0])
    with pytest.raises(tw.UserError, match=r"has no column 'constituents\.charge'; read the jets with this dataset"):
        tw.train(toy.tagger("lstm"), toy.card, toy.summary, few)


def toy_card(toy):
    return tw.Dataset.load(toy.card).model_dump(mode="json", exclude_unset=True)


def test_a_mistake_in_python_is_the_line_that_a_command_prints(toy, records):
    with pytest.raises(tw.UserError, match=r"config/taggers/lstmm\.yaml: no such card; did you mean 'lstm'\?"):
        tw.train("lstmm", toy.card, None, records)
