import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tagwerk.training.checkpoint import training_identity
from tagwerk.training.model import load_record
from tagwerk.training.split_jets import read_split
from tagwerk.training.weights import JetWeights
from tests.conftest import (
    DATASET,
    STUDY,
    TAGGERS,
    architecture_card,
    changed,
    run,
    toy_branches,
    train_and_score,
    without_checksum,
    write_card,
    write_cards,
    write_root,
)
from tests.training.conftest import task


@pytest.mark.parametrize("tagger", ["lstm", "boosted_trees"])
def test_train_names_what_is_missing(toy, tmp_path, failed, tagger):
    card, out = toy.tagger(tagger), tmp_path / "model"
    missing = tmp_path / "missing"
    assert f"{missing}: no such file" in failed("train", card, toy.card, missing, "--out", out, *toy.parts)
    assert f"{missing}: no such card" in failed("train", missing, toy.card, toy.summary, "--out", out, *toy.parts)
    assert "missing/train.parquet: no such file" in failed(
        "train", card, toy.card, toy.summary, "--out", out, toy.parts[0], missing
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("counts", "changes", "message"),
    [
        ({"wide": 24}, {}, "24 test jets of class 'wide', but a comparison needs 25"),
        ({"narrow": 0}, {}, "no test jets of class 'narrow'"),
        ({}, {"weights": {"test": {"wide": -3.0}}}, "the weights of the test jets of class 'wide' sum to -3"),
        ({}, {"effective": {"test": {"wide": 1.04}}}, "of class 'wide' have an effective size of 1.04 events"),
        ({}, {}, ""),
    ],
)
def test_a_study_that_cannot_be_compared_is_not_trained(toy, tmp_path, failed, counts, changes, message):
    summary = json.loads(without_checksum(toy.summary.read_text()))
    summary["counts"]["test"] = {"narrow": 100, "wide": 100} | counts
    summary["weights"] = summary["effective"] = {}
    (tmp_path / "summary.json").write_text(json.dumps(summary | changes))
    out = tmp_path / "model"
    train = ["train", toy.tagger("boosted_trees"), toy.card, tmp_path / "summary.json", "--out", out, *toy.parts]
    if not message:
        assert run(*train, "--study", toy.study) == 0
        return
    line = failed(*train, "--study", toy.study)
    assert line.startswith(f"tagwerk: {toy.study}, {tmp_path / 'summary.json'}: ")
    assert message in line
    assert not out.exists()


def test_the_largest_size_of_a_study_is_checked_before_the_smallest_is_trained(toy, tmp_path, failed):
    summary = json.loads(without_checksum(toy.summary.read_text()))
    summary["counts"]["test"] = {"narrow": 100, "wide": 100}
    summary["weights"] = summary["effective"] = {}
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    available = sum(summary["counts"]["train"].values())
    study = write_card(tmp_path / "study.yaml", STUDY | {"training_jets": [50, available + 1]})
    train = [
        "train",
        toy.tagger("boosted_trees"),
        toy.card,
        tmp_path / "summary.json",
        "--out",
        tmp_path / "model",
        *toy.parts,
    ]
    line = failed(*train, "--training-jets", 50, "--study", study)
    assert f"key 'training_jets': {available + 1} is more than the {available} training jets of the dataset" in line


@pytest.mark.parametrize(
    ("tagger", "changes", "epochs", "limited"),
    [
        ("boosted_trees", {"hyperparameters.trees": 3}, 1, True),
        ("boosted_trees", {"hyperparameters.trees": 400}, 1, False),
        ("lstm", {}, 2, True),
        ("lstm", {"training.patience": 1, "training.learning_rate": 0.5}, 60, False),
        ("lstm", {"training.patience": 1, "training.learning_rate": 0.1, "training.schedule": "plateau"}, 60, False),
    ],
)
def test_model_and_scores_say_whether_the_limit_on_epochs_ended_a_training(
    toy, tmp_path, tensorflow, tagger, changes, epochs, limited
):
    card = TAGGERS[tagger]
    for key, value in changes.items():
        card = changed(card, key, value)
    path, out = write_card(tmp_path / "tagger.yaml", card), tmp_path / "model"
    assert run("train", path, toy.card, toy.summary, "--out", out, *toy.parts, "--epochs", epochs) == 0
    assert run("score", out, "--out", tmp_path / "scores", *toy.parts) == 0
    record = load_record(out)
    assert record.limited is limited
    assert (record.epochs == (3 if tagger == "boosted_trees" else epochs)) == limited
    assert json.loads((tmp_path / "scores/about.json").read_text())["limited"] is limited


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(toy, tmp_path, seed):
    train = ["train", toy.tagger("boosted_trees"), toy.card, toy.summary, "--out", tmp_path / "model", *toy.parts]
    assert run(*train, "--seed", seed) == 2


def test_train_refuses_a_tagger_with_inputs_that_the_dataset_lacks(toy, tmp_path, failed):
    card = toy.tagger("boosted_trees").read_text().replace("width", "widht")
    path = write_card(tmp_path / "trees.yaml", card)
    line = failed("train", path, toy.card, toy.summary, "--out", tmp_path / "model", *toy.parts)
    assert line.startswith(f"tagwerk: {path}: key 'inputs.scalars': there is no 'widht' in dataset 'toy'")


@pytest.mark.parametrize(
    ("trees", "message"),
    [
        (
            {"constituents_kt": ["pt"]},
            "key 'inputs.trees': there is no 'constituents_kt' in dataset 'toy'; add 'kt' to the key ",
        ),
        (
            {"constituents_random": ["lund_k"]},
            "key 'inputs.trees.constituents_random': there is no 'lund_k' among the ",
        ),
    ],
)
def test_train_refuses_an_unknown_tree_or_node_feature(toy, tmp_path, failed, trees, message):
    path = write_card(tmp_path / "tree.yaml", architecture_card("recursive") | {"inputs": {"trees": trees}})
    line = failed("train", path, toy.card, toy.summary, "--out", tmp_path / "model", *toy.parts)
    assert line.startswith(f"tagwerk: {path}: {message}")


@pytest.mark.parametrize("architecture", ["recursive", "lund_plane"])
def test_networks_on_trees_are_trained_and_score(toy, tmp_path, tensorflow, architecture):
    path = write_card(tmp_path / "tree.yaml", architecture_card(architecture) | {"training": {"learning_rate": 0.01}})
    assert run("train", path, toy.card, toy.summary, "--out", tmp_path / "model", *toy.parts, "--epochs", 12) == 0
    assert run("score", tmp_path / "model", "--out", tmp_path / "scores", *toy.parts) == 0
    scores = pd.read_parquet(tmp_path / "scores/scores.parquet")
    assert roc_auc_score(scores.label, scores.p_wide) > 0.8


def test_train_refuses_a_directory_instead_of_the_summary(toy, tmp_path, failed):
    line = failed("train", toy.tagger("lstm"), toy.card, toy.root, "--out", tmp_path / "model", *toy.parts)
    assert str(toy.root) in line


def test_train_refuses_a_summary_of_other_variables(toy, tmp_path, failed):
    old = write_card(
        tmp_path / "summary.json", without_checksum(toy.summary.read_text()).replace('"delta_r"', '"delta_s"')
    )
    line = failed("train", toy.tagger("lstm"), toy.card, old, "--out", tmp_path / "model", *toy.parts)
    assert str(old) in line
    assert "delta_r" in line


def test_too_many_training_jets_are_refused_before_training(toy, tmp_path, failed):
    available = sum(toy.load()[1].counts["train"].values())
    command = ["train", toy.tagger("lstm"), toy.card, toy.summary, "--out", tmp_path / "model", *toy.parts]
    line = failed(*command, "--training-jets", available + 1)
    message = f"key 'training_jets': {available + 1} is more than the {available} jets in train"
    advice = "ask for fewer, or give the study more jets"
    assert line == f"tagwerk: {toy.card}, {toy.summary}: {message}; {advice}"
    assert list(tmp_path.iterdir()) == []


def test_a_model_and_its_scores_record_how_many_jets_were_drawn(toy, tmp_path):
    model, scores = tmp_path / "model", tmp_path / "scores"
    arguments = [toy.card, toy.summary, *toy.parts, "--out", model, "--training-jets", 60]
    assert run("train", toy.tagger("boosted_trees"), *arguments) == 0
    assert run("score", model, "--out", scores, *toy.parts) == 0
    for path in (model / "training.json", scores / "about.json"):
        record = json.loads(path.read_text())
        assert (record["drawn"], record["training_jets"]) == (60, 60)


CELLS = "'simple_rnn', 'lstm', 'gru', 'min_gru' or 'min_lstm'"
SEQUENCE = "inputs.sequences.constituents"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            SEQUENCE,
            ["charg"],
            f"key '{SEQUENCE}': there is no 'charg' in dataset 'toy'; did you mean 'charge'? "
            "(or add it to the key 'sequences.constituents.extra' in its card)",
        ),
        (SEQUENCE, ["charge", "charge"], "key 'inputs': 'charge' is duplicated in 'constituents'; name it once"),
        (
            "inputs",
            {"sequences": {"constituents": []}, "scalars": ["mass"]},
            "key 'inputs': sequence 'constituents' has no feature; give at least one, or leave the sequence out",
        ),
        (
            "inputs.sequences",
            {"tracks": ["log_pt"]},
            "key 'inputs.sequences': there is no 'tracks' in dataset 'toy'; known: constituents; "
            "rename constituents to 'tracks' in its card, or use another name in a copy of the tagger's card",
        ),
        (
            "inputs.scalars",
            ["tau21"],
            "key 'inputs.scalars': there is no 'tau21' in dataset 'toy'; add it to the key 'substructure' in its card",
        ),
        ("inputs.scalars", ["mass", "mass"], "key 'inputs': 'mass' is duplicated in 'scalars'; name it once"),
        ("hyperparameters.units", [0], "key 'hyperparameters.units.0': Input should be greater than 0, not 0"),
        ("hyperparameters.units", [], "key 'hyperparameters.units': Tuple should have at least 1 item, not []"),
        ("hyperparameters.dense", [8, 0], "key 'hyperparameters.dense.1': Input should be greater than 0, not 0"),
        ("hyperparameters.cell", "lstn", f"key 'hyperparameters.cell': Input should be {CELLS}, not 'lstn'"),
        (
            "training.classes",
            ["wide"],
            "key 'training.classes': a classifier of 'wide' needs a second class; name one or drop the key",
        ),
        (
            "training.class_weights",
            {"wide": 0},
            "key 'training.class_weights.wide': Input should be greater than 0, not 0",
        ),
    ],
)
def test_a_wrong_card_is_refused_in_one_line_before_training(toy, tmp_path, failed, key, value, message):
    path = write_card(tmp_path / "cards/wrong.yaml", changed(TAGGERS["lstm"], key, value))
    line = failed("train", path, toy.card, toy.summary, "--out", tmp_path / "model", *toy.parts)
    assert line == f"tagwerk: {path}: {message}"
    assert [path.name for path in tmp_path.iterdir()] == ["cards"]


@pytest.fixture(scope="module")
def weightless(tmp_path_factory):
    """The ingested toy study with zero weights for all wide jets, and without wide jets."""
    studies = {}
    for name in ("zero weight", "absent"):
        toy = studies[name] = write_cards(tmp_path_factory.mktemp("weightless"))
        write_card(toy.card, DATASET | {"weight": "weight"} | ({"selection": "weight > 0"} if name == "absent" else {}))
        for index, file in enumerate(toy.files):
            branches = toy_branches(100 * index, 100)
            write_root(file, branches | {"weight": np.where(branches["is_wide"], 0.0, 1.0)})
        for file, part in zip(toy.files, toy.parts, strict=True):
            assert run("ingest", toy.card, file, "--out", part) == 0
    return studies


@pytest.mark.parametrize("tagger", ["lstm", "boosted_trees"])
@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("zero weight", "key 'weight': the weights of class 'wide' in train sum to 0; correct them"),
        (
            "absent",
            "key 'classes': no jet of class 'wide' in train; training needs jets of narrow, wide: ingest more jets",
        ),
    ],
)
def test_a_class_without_weight_or_jets_is_refused_before_training(
    toy, weightless, tmp_path, failed, tagger, case, message
):
    """The summary is of other jets, because `summarise` refuses these too."""
    card, parts = weightless[case].card, weightless[case].parts
    line = failed("train", toy.tagger(tagger), card, toy.summary, "--out", tmp_path / "model", *parts)
    assert line == f"tagwerk: {card}, {toy.summary}: {message}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("tagger", "parts", "options", "name"),
    [
        ("gru", 2, [], "tagger card"),
        ("boosted_trees", 2, [], "tagger card"),
        ("lstm", 1, ["--epochs", 20], "dataset"),
        ("lstm", 2, ["--epochs", 3], "number of epochs"),
        ("lstm", 2, ["--seed", 9], "seed"),
    ],
)
def test_the_checkpoint_of_another_training_is_moved_aside_with_a_notice(
    toy, tmp_path, capfd, tagger, parts, options, name
):
    checkpoint = tmp_path / "model.unfinished/checkpoint.npz"
    checkpoint.parent.mkdir()
    write_checkpoint(toy, checkpoint)
    before = checkpoint.read_bytes()
    command = [
        "train",
        toy.tagger(tagger),
        toy.card,
        toy.summary,
        "--out",
        tmp_path / "model",
        *toy.parts[:parts],
        *options,
    ]
    aside = tmp_path / "model.unfinished.1"
    assert run(*command) == 0
    message = f"a training with another {name} was stopped here; its files are now in {aside}, and this training starts"
    message += " from the beginning"
    assert f"tagwerk: {checkpoint.parent}: {message}\n" in capfd.readouterr().err
    assert (aside / checkpoint.name).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", aside.name]


@pytest.mark.parametrize(("tagger", "megabytes", "least"), [("lstm", 1000, 1200), ("boosted_trees", 300, 400)])
def test_too_little_memory_is_told_before_training_with_what_is_needed(toy, tmp_path, failed, tagger, megabytes, least):
    command = ["train", toy.tagger(tagger), toy.card, toy.summary, "--out", tmp_path / "model", *toy.parts]
    jets = sum(json.loads(toy.summary.read_text())["counts"]["train"].values())
    message = f"tagwerk: --mem-mb {megabytes}: too little to train on {jets} jets; give at least {least}"
    assert failed(*command, "--mem-mb", megabytes) == message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tagger", ["lstm", "boosted_trees"])
def test_a_limit_on_memory_changes_neither_model_nor_scores(toy, tmp_path, monkeypatch, tagger):
    """With a row group per window: the first limit is exceeded, so each is read in each epoch; the second keeps all."""
    monkeypatch.setattr("tagwerk.training.train.WINDOW", 1)
    scores = []
    for megabytes in (1100, 1_000_000):
        train, score = train_and_score(toy, tagger, tmp_path / str(megabytes), epochs=3)
        assert run(*train, "--mem-mb", megabytes) == 0
        assert run(*score) == 0
        scores.append((score[3] / "scores.parquet").read_bytes())
    assert scores[0] == scores[1]


def write_checkpoint(toy, path):
    """Write the identity of the toy LSTM's training to a checkpoint without weights."""
    lstm = task(toy, epochs=20)
    made_with = training_identity(lstm, read_split(toy.parts, ["train"], lstm.schema, JetWeights(np.ones(2))))
    np.savez(path, about=np.array(json.dumps({"made_with": made_with})))
