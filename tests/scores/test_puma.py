"""What puma reads, and what it finds in it."""

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

import tagwerk as tw
from tagwerk.scores.file_scores import FileScores
from tagwerk.scores.jet_table import write_puma
from tagwerk.scores.metadata import ScoreMetadata
from tagwerk.scores.puma import puma_table, write_run
from tests.conftest import run as run_command
from tests.readers.layouts.test_ftag import CARD, JETS, TRACKS, write
from tests.scores.applied import boosted_trees, network
from tests.scores.peer import needs, run_peer

CLASSES = ["light", "c", "b"]
EFFICIENCIES = (0.6, 0.7, 0.8)
# Rejections of c and light jets at these efficiencies that puma 0.5.6 with atlas-ftag-tools 0.3.6 finds in
# `gaussian_run`.
PUMA = {"cjets": [141.14285714285714, 82.33333333333333, 39.52], "ujets": [507, 126.75, 46.09090909090909]}


def gaussian_run(jets=3000):
    """A run with scores of three classes."""
    random = np.random.default_rng(11)
    label = random.integers(0, 3, jets)
    scores = softmax(2 * np.eye(3)[label] + random.normal(size=(jets, 3)), axis=1).astype(np.float32)
    table = {"event": np.arange(jets, dtype=np.uint64), "source": "toy", "label": label, "weight": np.ones(jets, "f4")}
    table |= {"pt": random.uniform(20, 250, jets).astype("f4"), "eta": random.normal(size=jets).astype("f4")}
    table |= {"mass": np.full(jets, 5, "f4")} | {f"p_{name}": scores[:, i] for i, name in enumerate(CLASSES)}
    missing = dict.fromkeys(["parameters", "training_jets", "training_seconds", "epochs", "seconds", "jets_per_second"])
    about = ScoreMetadata(tagger="toy", seed=1, engine="keras", jets=jets, threads=1, versions={}, **missing)
    return tw.Run(Path("toy, seed 1"), about, pd.DataFrame(table), None)


def our_rejections(run, background):
    """The rejections of a comparison at the same efficiencies."""
    keys = {"title": "Toy", "dataset": "ftag_h5", "taggers": ["toy"], "epochs": 1, "signal": "b"}
    cards = tw.Cards(tw.Study(**keys, background=background), CARD, {"toy": boosted_trees("mass")})
    curve = tw.compare(cards, [run]).taggers[0].curve
    efficiency = dict(zip(np.round(curve.signal_efficiency, 3), curve.background_efficiency, strict=True))
    return [1 / efficiency[each] for each in EFFICIENCIES]


@pytest.mark.parametrize(("flavour", "background"), [("cjets", "c"), ("ujets", "light")])
def test_our_rejections_are_those_that_puma_found(flavour, background):
    assert our_rejections(gaussian_run(), background) == pytest.approx(PUMA[flavour])


@needs("puma")
@pytest.mark.parametrize(("flavour", "background"), [("cjets", "c"), ("ujets", "light")])
def test_puma_finds_our_rejections_in_the_scores_of_a_run(flavour, background, tmp_path):
    run = gaussian_run()
    write_run(tmp_path / "scores.h5", run, CLASSES)
    found = run_peer("read_with_puma", tmp_path / "scores.h5", "toy", flavour, *EFFICIENCIES)
    assert found["jets"] == [int((run.scores.label == each).sum()) for each in (2, CLASSES.index(background))]
    assert found["largest_pt"] == pytest.approx(run.scores.pt.max(), rel=1e-6)  # puma converts from MeV
    assert found["rejections"] == pytest.approx(PUMA[flavour])


@pytest.fixture(scope="module")
def flavours(tmp_path_factory):
    """A file of flavour tagging, 4,000 jets whose mass depends on their flavour, and a network that sees the mass."""
    folder, random = tmp_path_factory.mktemp("flavours"), np.random.default_rng(3)
    jets, tracks = np.zeros(4000, JETS), np.zeros((4000, 2), TRACKS)
    jets["pt"], jets["eta"] = random.uniform(10e3, 300e3, 4000), random.uniform(-2.7, 2.7, 4000)
    jets["HadronConeExclTruthLabelID"] = random.choice([0, 4, 5, 15], 4000)
    jets["mass"] = 1e3 * (15 + jets["HadronConeExclTruthLabelID"] + 5 * random.normal(size=4000).clip(-2.9, 2.9))
    jets["eventNumber"] = 1000 + np.arange(4000)
    tracks["valid"], tracks["qOverP"] = True, 1e-4
    file = write(folder / "flavours.h5", jets, tracks)
    tw.ingest(CARD, file, folder / "part")
    tagger = network("dense", {"scalars": ["mass", "pt"]})  # no two jets have the same score, unlike those of trees
    model = tw.train(tagger, CARD, None, folder / "part", name="toy", epochs=3)
    (folder / "model").mkdir()
    model.save(folder / "model")
    return folder


def read_jets(file):
    with h5py.File(file) as opened:
        return opened["jets"][:]


@pytest.mark.parametrize("step", [999, 10_000])
def test_a_file_has_the_truth_of_its_jets_and_all_that_are_selected(flavours, tmp_path, step):
    write_puma(tmp_path / "scores.h5", FileScores(flavours / "model", flavours / "flavours.h5", step=step))
    found, jets = read_jets(tmp_path / "scores.h5"), read_jets(flavours / "flavours.h5")
    jets = jets[(jets["pt"] > 20e3) & (jets["pt"] < 250e3) & (np.abs(jets["eta"]) < 2.5)]
    assert found.dtype.names == (
        "toy_pu", "toy_pc", "toy_pb", "pt", "mass", "eta", "event", "label", "split", "HadronConeExclTruthLabelID",
    )  # fmt: skip
    truth = np.where(jets["HadronConeExclTruthLabelID"] == 15, -1, jets["HadronConeExclTruthLabelID"])
    assert np.array_equal(found["HadronConeExclTruthLabelID"], truth)
    assert np.array_equal(found["event"], jets["eventNumber"])
    for name in ("pt", "eta", "mass"):
        assert np.allclose(found[name], jets[name], rtol=1e-6)  # MeV, as in the input
    assert found[["toy_pu", "toy_pc", "toy_pb"]].dtype["toy_pb"] == np.float32


def test_the_test_jets_of_a_file_have_the_scores_of_the_run(flavours, tmp_path):
    assert run_command("apply", flavours / "model", flavours / "flavours.h5", tmp_path / "a.h5") == 0
    assert run_command("score", flavours / "model", flavours / "part", "--out", tmp_path / "scores", "--h5") == 0
    applied, scored = read_jets(tmp_path / "a.h5"), read_jets(tmp_path / "scores/scores.h5")
    test = applied[(applied["split"] == 2) & (applied["label"] >= 0)]
    common = [name for name in scored.dtype.names if name in applied.dtype.names]
    assert {"toy_pu", "toy_pc", "toy_pb", "label", "HadronConeExclTruthLabelID", "event"} <= {*common}
    assert np.array_equal(np.sort(test[common], order="event"), np.sort(scored[common], order="event"))


@needs("puma")
@pytest.mark.parametrize(("flavour", "background"), [("cjets", "c"), ("ujets", "light")])
def test_puma_selects_the_test_jets_of_a_file(flavours, flavour, background, tmp_path):
    write_puma(tmp_path / "scores.h5", FileScores(flavours / "model", flavours / "flavours.h5"))
    found = run_peer("read_with_puma", tmp_path / "scores.h5", "toy", flavour, *EFFICIENCIES, "split == 2")
    run = tw.score(flavours / "model", flavours / "part")
    assert found["jets"] == [int((run.scores.label == each).sum()) for each in (2, CLASSES.index(background))]
    assert found["rejections"] == pytest.approx(our_rejections(run, background))


def test_classes_that_are_no_flavours_keep_their_names():
    table = pd.DataFrame({"pt": [500.0], "eta": [1.0], "mass": [170.0], "label": [1], "p_qcd": [0.25], "p_top": [0.75]})
    assert puma_table(table, ["qcd", "top"], "lstm").dtype.names == (
        "lstm_pqcd", "lstm_ptop", "pt", "mass", "eta", "label",
    )  # fmt: skip
    # Two classes of the same flavour.
    names = puma_table(table.assign(p_light=0.25, p_u=0.75), ["light", "u"], "lstm").dtype.names
    assert "HadronConeExclTruthLabelID" not in names
    assert names[:2] == ("lstm_plight", "lstm_pu")


def test_momenta_are_in_mev():
    table = pd.DataFrame({"pt": [500.0], "eta": [1.0], "mass": [170.0], "p_qcd": [0.25], "p_top": [0.75]})
    assert puma_table(table, ["qcd", "top"], "lstm")[["pt", "mass", "eta"]].tolist() == [(500e3, 170e3, 1)]
