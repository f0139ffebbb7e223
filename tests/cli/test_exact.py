"""From the exact law to the scores: file, ingest, order, training and score keep the likelihood ratio of every jet."""

import awkward as ak
import numpy as np
import pytest
import uproot
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.split import SPLITS
from tagwerk.records.store import read_records
from tagwerk.scores.read import read_scores
from tagwerk.simulate.exact_likelihood import OrderedJets, log_likelihood_ratio
from tests.conftest import run
from tests.simulate.exact_cards import section

CARD = {
    "title": "Exact",
    "generator": section(jets_per_file=400, files=1),
    "event": ["event"],
    "jet": {name: f"jet_{name}" for name in ("pt", "eta", "phi", "mass")}
    | {"extra": {"log_likelihood_ratio": "log_likelihood_ratio"}},
    "classes": [
        {"name": name, "label": name, "color": "#123456", "selection": f"jet_signal == {value}"}
        for value, name in enumerate(("one_prong", "two_prong"))
    ],
    "sequences": {"constituents": {name: f"constituents_{name}" for name in ("pt", "eta", "phi", "energy")}},
}
TAGGER = {
    "title": "Likelihood ratio",
    "color": "#000000",
    "architecture": "one_variable",
    "inputs": {"scalars": ["log_likelihood_ratio"]},
    "hyperparameters": {"signal": "two_prong"},
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A folder with the card, and of each part its file and its jet records."""
    folder = tmp_path_factory.mktemp("exact")
    (folder / "exact.yaml").write_text(yaml.safe_dump(CARD))
    for part in Dataset.load(folder / "exact.yaml").generator.parts():
        assert run("simulate", folder / "exact.yaml", part, "--out", folder / f"{part}.root") == 0
        assert run("ingest", folder / "exact.yaml", folder / f"{part}.root", "--out", folder / part) == 0
    return folder


def records_of(folder):
    parts = sorted(path for path in folder.iterdir() if path.is_dir() and path.name.endswith("_0000"))
    return ak.concatenate([read_records(part, piece) for part in parts for piece in SPLITS])


def test_the_ratio_of_the_ordered_records_is_the_one_in_the_file(simulated):
    records = records_of(simulated)
    assert len(records) == 800
    constituents = records.constituents
    assert ak.all(constituents.pt[:, :-1] > constituents.pt[:, 1:])
    padded = {
        name: ak.to_numpy(ak.fill_none(ak.pad_none(constituents[name], 8), 0)).astype(np.float64)
        for name in ("pt", "eta", "phi")
    }
    eta, phi = (ak.to_numpy(records.jet[name]).astype(np.float64)[:, None] for name in ("eta", "phi"))
    delta_phi = (padded["phi"] - phi + np.pi) % (2 * np.pi) - np.pi
    jets = OrderedJets(padded["pt"], padded["eta"] - eta, delta_phi, ak.to_numpy(ak.num(constituents)))
    ratio = log_likelihood_ratio(Dataset.load(simulated / "exact.yaml").generator, jets)
    np.testing.assert_allclose(ratio, records.jet.log_likelihood_ratio, rtol=2e-7, atol=1e-6)
    assert ratio[ak.to_numpy(records.label) == 1].mean() > 0 > ratio[ak.to_numpy(records.label) == 0].mean()


def test_constituents_are_out_of_order_in_the_file(simulated):
    with uproot.open(simulated / "two_prong_0000.root") as file:
        pt = file["jets"]["constituents_pt"].array()
    assert 0 < ak.mean(ak.all(pt[:, :-1] > pt[:, 1:], axis=1)) < 0.5


def test_the_same_seed_gives_the_same_file(simulated, tmp_path):
    assert run("simulate", simulated / "exact.yaml", "one_prong_0000", "--out", tmp_path / "again.root") == 0
    assert (tmp_path / "again.root").read_bytes() == (simulated / "one_prong_0000.root").read_bytes()


def test_the_scores_of_the_likelihood_ratio_are_it_plus_the_log_of_the_prior_odds(simulated, tmp_path):
    (tmp_path / "likelihood_ratio.yaml").write_text(yaml.safe_dump(TAGGER))
    card, parts = simulated / "exact.yaml", [simulated / f"{name}_prong_0000" for name in ("one", "two")]
    assert run("summarise", card, *parts, "--out", tmp_path / "summary.json") == 0
    tagger, summary, model = (tmp_path / name for name in ("likelihood_ratio.yaml", "summary.json", "model"))
    assert run("train", tagger, card, summary, *parts, "--out", model, "--epochs", 1) == 0
    assert run("score", model, *parts, "--out", tmp_path / "scores") == 0
    scores = read_scores(tmp_path / "scores/scores.parquet", ["one_prong", "two_prong"])
    log_odds = np.log(scores.p_two_prong.to_numpy(np.float64) / scores.p_one_prong.to_numpy(np.float64))
    records = records_of(simulated)
    ratio = dict(zip(records.event.tolist(), records.jet.log_likelihood_ratio.tolist(), strict=True))
    shift = log_odds - [ratio[event] for event in scores.event]
    np.testing.assert_allclose(shift, shift.mean(), atol=1e-5)
    assert abs(shift.mean()) < 0.3
