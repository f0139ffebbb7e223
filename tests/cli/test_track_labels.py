"""Tracks of three origins, labelled by a network: from files with two sequences to the table in the report."""

import json

import awkward as ak
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from tests.conftest import (
    DATASET,
    STUDY,
    TAGGERS,
    changed,
    ingest_and_summarise,
    run,
    toy_branches,
    train_and_score,
    write_card,
    write_cards,
    write_root,
)

pytestmark = pytest.mark.usefixtures("tensorflow")

ORIGINS = {"wide": "Wide decay", "underlying": "Underlying event", "pileup": "Pile-up"}
TRACKS = {
    "pt": "c_pt", "eta": "c_eta", "phi": "c_phi", "energy": "c_energy", "extra": {"d0": "c_d0"}, "truth": "c_origin",
    "origins": [{"name": name, "label": label} for name, label in ORIGINS.items()], "max_length": 12,
}  # fmt: skip
CLUSTERS = {name: f"k_{name}" for name in ("pt", "eta", "phi", "energy")}
CARD = DATASET | {"sequences": {"tracks": TRACKS, "clusters": CLUSTERS}, "substructure": []}
INPUTS = {"sequences": {"tracks": ["log_pt_share", "delta_eta", "delta_phi", "d0"]}}
LABELS = TAGGERS["lstm"] | {"architecture": "constituent_labels", "inputs": INPUTS}
CARDS = {
    "lstm": LABELS | {"title": "Labels alone", "hyperparameters": {"units": [6], "signal": "wide"}},
    "gru": LABELS | {"title": "Labels and classes", "hyperparameters": {"units": [6], "dense": [4], "share": 2.0}},
    "boosted_trees": TAGGERS["boosted_trees"] | {"inputs": {"scalars": ["mass"]}},
}


def branches(first, count):
    """Toy jets whose tracks' origins are told by d0, apart from an overlap; few are unknown, and clusters are fewer."""
    toy = toy_branches(first, count)
    random, counts = np.random.default_rng(first), ak.num(toy["c_pt"])
    tracks, wide = int(ak.sum(counts)), np.repeat(toy["is_wide"], ak.to_numpy(counts))
    origin = np.where(random.uniform(size=tracks) < 0.5 * wide, 0, random.integers(1, 3, tracks))
    d0 = random.normal(origin - 1.0, 0.3)
    origin = np.where(random.uniform(size=tracks) < 0.03, -1, origin)
    clusters = {f"k_{name}": toy[f"c_{name}"][:, 1:] for name in ("pt", "eta", "phi", "energy")}
    per_track = {"c_origin": origin, "c_d0": d0}
    return toy | clusters | {name: ak.unflatten(each.astype(np.float32), counts) for name, each in per_track.items()}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The toy study with tracks and clusters, ingested, trained and scored."""
    toy = write_cards(tmp_path_factory.mktemp("tracks"))
    for index, file in enumerate(toy.files):
        write_root(file, branches(300 * index, 300))
    write_card(toy.card, CARD)
    write_card(toy.study, STUDY)
    for name, card in CARDS.items():
        write_card(toy.tagger(name), card)
    ingest_and_summarise(toy)
    for name in CARDS:
        for arguments in train_and_score(toy, name, toy.root / "runs", 12):
            assert run(*arguments) == 0
    return toy


@pytest.fixture(scope="module")
def compared(study):
    out, runs = study.root / "comparison", [study.root / "runs" / name for name in CARDS]
    assert run("compare", study.study, study.summary, *runs, "--out", out) == 0
    assert run("report", study.study, study.summary, out, "--out", study.root / "report.html") == 0
    return json.loads((out / "comparison.json").read_text(), parse_constant=pytest.fail)


def labels_of(study, tagger):
    scores = study.root / "runs" / tagger / "scores"
    return pd.read_parquet(scores / "scores.parquet"), pd.read_parquet(scores / "constituents.parquet")


@pytest.mark.parametrize("tagger", ["lstm", "gru"])
def test_the_origins_are_learnt(study, compared, tagger):
    found = next(each for each in compared["constituent_labels"] if each["tagger"] == tagger)
    assert (found["sequence"], found["origins"]) == ("tracks", ORIGINS)
    together, signal = found["samples"]
    assert (together["of_class"], signal["of_class"]) == (None, "wide")
    for sample in (together, signal):
        assert sample["accuracy"]["value"] > 0.85 > sample["baseline"]["value"] + 0.2
        assert sample["gain"]["value"] > 5 * sample["gain"]["uncertainty"] > 0
        assert all(origin["auc"]["value"] > 0.9 for origin in sample["origins"])
    scores, _ = labels_of(study, tagger)
    has_tracks = scores["n_tracks"] > 0
    assert roc_auc_score(scores["label"][has_tracks], scores["p_wide"][has_tracks]) > 0.9


@pytest.mark.parametrize("tagger", ["lstm", "gru"])
def test_pandas_and_scikit_learn_alone_reproduce_the_results(study, compared, tagger):
    scores, tracks = labels_of(study, tagger)
    unknown, tracks = (tracks["truth"] < 0).sum(), tracks[tracks["truth"] >= 0]
    found = next(each for each in compared["constituent_labels"] if each["tagger"] == tagger)["samples"][0]
    p = tracks[[f"p_{name}" for name in ORIGINS]].to_numpy()
    assert (found["jets"], found["constituents"], found["unknown"]) == (len(scores), len(tracks), unknown)
    assert unknown > 0
    expected = confusion_matrix(tracks["truth"], p.argmax(axis=1), normalize="true")
    assert [each["value"] for each in found["confusion"]] == pytest.approx(expected.ravel().tolist())
    assert found["accuracy"]["value"] == pytest.approx((p.argmax(axis=1) == tracks["truth"]).mean())
    assert found["baseline"]["value"] == pytest.approx(tracks["truth"].value_counts(normalize=True).max())
    precision = confusion_matrix(tracks["truth"], p.argmax(axis=1), normalize="pred")
    for index, origin in enumerate(found["origins"]):
        assert origin["auc"]["value"] == pytest.approx(roc_auc_score(tracks["truth"] == index, p[:, index]))
        assert origin["purity"]["value"] == pytest.approx(precision[index, index])


def test_the_report_has_the_tables(study, compared):
    page = " ".join((study.root / "report.html").read_text().split())
    assert '<a href="#labels">Labels of constituents</a>' in page
    section = page[page.index('id="labels"') : page.index('id="cost"')]
    assert "Labels alone" in section
    assert "Labels and classes" in section
    assert "boosted_trees" not in section
    assert all(section.count(f'<th scope="col">{label}</th>') == 4 for label in ORIGINS.values())
    unknown = compared["constituent_labels"][0]["samples"][0]["unknown"]
    assert f"Left out, for an unknown origin: {unknown}." in section


def test_taggers_without_labels_have_no_such_file(study):
    assert not (study.root / "runs/boosted_trees/scores/constituents.parquet").exists()


def test_a_missing_or_edited_file_of_labels_stops_the_comparison(study, tmp_path, capsys):
    folder = study.root / "runs/lstm/scores"
    path, content = folder / "constituents.parquet", (folder / "constituents.parquet").read_bytes()
    command = ["compare", study.study, study.summary, study.root / "runs/lstm", "--out", tmp_path / "out"]
    try:
        path.unlink()
        assert run(*command) != 0
        assert f"{path}: no such file; run `tagwerk score` first" in capsys.readouterr().err
        path.write_bytes(content[:100] + b"x" + content[101:])
        assert run(*command) != 0
        assert f"{path}: is damaged" in capsys.readouterr().err
    finally:
        path.write_bytes(content)


def test_an_origin_that_the_card_does_not_name_stops_ingest(study, tmp_path, capsys):
    file = write_root(tmp_path / "toy_0.root", branches(0, 50))
    card = write_card(tmp_path / "toy.yaml", changed(CARD, "sequences.tracks.origins", TRACKS["origins"][:2]))
    assert run("ingest", card, file, "--out", tmp_path / "out") != 0
    error = capsys.readouterr().err
    assert (
        "key 'sequences.tracks.truth': branch 'c_origin' holds 2, not a whole number from 0 to 1, the origins" in error
    )
    assert not (tmp_path / "out").exists()


def test_jets_without_truth_are_labelled_too(study, tmp_path):
    from tagwerk import compare, load_cards, read, score

    card = write_card(
        tmp_path / "toy.yaml",
        changed(CARD, "sequences.tracks", {k: TRACKS[k] for k in TRACKS if k not in ("truth", "origins")}),
    )
    found = score(study.root / "runs/lstm/model", read(card, study.files[0]))
    assert (found.constituents["truth"] == -1).all()
    known = score(study.root / "runs/lstm/model", read(study.card, study.files[0]))
    assert found.constituents.drop(columns="truth").equals(known.constituents.drop(columns="truth"))
    cards = load_cards(study.study)
    assert compare(cards, [found], count=2).constituent_labels == []
    assert len(compare(cards, [known], count=2).constituent_labels) == 1
