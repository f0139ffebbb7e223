"""A tagger trained on simulated taus scores those of ATLAS and CMS: the commands of docs/taus.md, on few candidates."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tagwerk.cards.tau_generator import TauGenerator
from tagwerk.simulate.output import branch_arrays, jet_file, metadata
from tagwerk.simulate.simulated_jets import columns, simulated_jets
from tests.conftest import run

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TAGWERK_TEST_DATA", ROOT / "../shared/data"))
ATLAS, CMS = DATA / "atlas/PHYSLITE_example.root", DATA / "cms/nano_tt_v15.root"
FEW = {"jets_per_file": 150, "files": 1, "multiparton_interactions": False, "pileup": 0}

pytestmark = [pytest.mark.usefixtures("tensorflow"), pytest.mark.slow]


def simulate(folder):
    """Simulate few candidates where the dataset `tau_core` finds them; return the files."""
    section = yaml.safe_load((ROOT / "config/datasets/tau.yaml").read_text())["generator"] | FEW
    generator = TauGenerator.model_validate(section)
    folder.mkdir(parents=True)
    for part in ("qcd_low_0000", "z_0000"):
        with jet_file(folder / f"{part}.root", metadata(generator, part), *columns(generator)) as tree:
            for chunk in simulated_jets(generator, part):
                tree.extend(branch_arrays(chunk))
    return sorted(folder.glob("*.root"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a model of `tau_core_rnn`, trained for two epochs."""
    folder = tmp_path_factory.mktemp("taus")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        files = simulate(folder / "results/datasets/tau/files")
        parts = [folder / "jets" / file.stem for file in files]
        for file, part in zip(files, parts, strict=True):
            assert run("ingest", "tau_core", file, "--out", part) == 0
        assert run("summarise", "tau_core", "--out", folder / "summary.json", *parts) == 0
        summary = folder / "summary.json"
        assert run("train", "tau_core_rnn", "tau_core", summary, *parts, "--out", folder / "model", "--epochs", 2) == 0
    return folder / "model"


def scored(model, card, file, folder):
    """Return the scores of all candidates of a file; they are in one folder per piece of its split."""
    assert run("ingest", card, file, "--out", folder / "jets") == 0
    for split in ("train", "validation", "test"):
        assert run("score", model, folder / "jets", "--split", split, "--out", folder / split) == 0
    return pd.concat([pd.read_parquet(table) for table in sorted(folder.glob("*/scores.parquet"))])


@pytest.mark.skipif(not ATLAS.exists(), reason=f"there is no {ATLAS}")
def test_candidates_of_atlas_are_compared_with_their_published_scores(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scores = scored(model, "physlite_taus", ATLAS, tmp_path / "results/physlite_taus")
    assert scores.label.value_counts().to_dict() == {1: 109, 0: 34}
    assert np.isfinite(scores[["p_jet", "p_tau", "rnn_score", "deep_set_score"]]).all(axis=None)
    assert run("compare", "physlite_taus", "--out", tmp_path / "comparison") == 0
    comparison = json.loads((tmp_path / "comparison/comparison.json").read_text())
    assert {each["name"] for each in comparison["taggers"]} == {"tau_core_rnn", "rnn", "deep_sets"}
    assert (comparison["signal_jets"], comparison["background_jets"]) == (109, 34)


@pytest.mark.skipif(not CMS.exists(), reason=f"there is no {CMS}")
def test_candidates_of_cms_are_scored_beside_their_published_discriminants(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scores = scored(model, "nanoaod_tau_core", CMS, tmp_path / "results/nanoaod_tau_core")
    assert set(scores.label) == {0}  # there is no genuine tau in this file
    assert len(scores) > 100
    assert scores.p_tau.between(0, 1).all()
    published = scores[["deep_tau", "upart"]].to_numpy()
    assert ((published >= 0) & (published <= 1) | (published == -1)).all()  # -1 where CMS has none
