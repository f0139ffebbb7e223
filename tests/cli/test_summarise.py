"""`tagwerk summarise` reports what would fail in a later stage."""

import json

import pandas as pd
import pytest

from tests.conftest import DATASET, changed, run, toy_branches, write_card, write_root


def test_a_class_without_jets_is_reported_with_the_card(toy, tmp_path, failed):
    classes = [DATASET["classes"][0], DATASET["classes"][1] | {"selection": "is_wide == 2"}]
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "classes", classes))
    assert run("ingest", card, toy.files[0], "--out", tmp_path / "part") == 0
    line = failed("summarise", card, "--out", tmp_path / "summary.json", tmp_path / "part")
    assert "no jet of class 'wide'" in line
    assert str(card) in line
    assert not (tmp_path / "summary.json").exists()


def ingest(folder, **keys):
    """Ingest 200 toy jets with some keys of the dataset card changed; return the card and the part."""
    file = write_root(folder / "toy.root", toy_branches(0, 200))
    card = write_card(folder / "toy.yaml", DATASET | {"checks": {"negative_weights": "note"}} | keys)
    assert run("ingest", card, file, "--out", folder / "part") == 0
    return card, folder / "part"


@pytest.mark.parametrize(
    ("weight", "message"),
    [("0 * is_wide", "the weights of the training jets of class 'narrow' sum to 0;"),
     ("1 - 2 * is_wide", "the weights of the training jets of class 'wide' sum to -"),
     ("event % 2 - 0.9", "sum to -")],
)  # fmt: skip
def test_classes_without_weight_are_refused(tmp_path, failed, weight, message):
    card, part = ingest(tmp_path, weight=weight)
    line = failed("summarise", card, "--out", tmp_path / "summary.json", part)
    assert line.startswith(f"tagwerk: {card}: key 'weight': ")
    assert message in line
    assert not (tmp_path / "summary.json").exists()


def test_negative_weights_are_accepted_except_for_resampling(tmp_path, failed):
    weight = "1 - 2 * (event % 10 == 0)"
    card, part = ingest(tmp_path, weight=weight)
    assert run("summarise", card, "--out", tmp_path / "summary.json", part) == 0
    section = {"reference": "narrow", "bins": [2, 1], "method": "resampling"}
    write_card(card, DATASET | {"weight": weight, "reweighting": section})
    line = failed("summarise", card, "--out", tmp_path / "other.json", part)
    assert line.startswith(f"tagwerk: {card}: key 'reweighting.method': ")
    assert "training jets have negative weights" in line
    assert line.endswith("set it to weights")


def test_weights_and_effective_events_are_counted_per_split_and_class(tmp_path):
    """There are two jets per event: if both are of one class with weight w, the event has weight 2 w."""
    card, part = ingest(tmp_path, weight="1 - 2 * (event % 10 == 0)")
    assert run("summarise", card, "--out", tmp_path / "summary.json", part) == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    for split, weights in summary["weights"].items():
        jets = pd.read_parquet(part / f"{split}.parquet", columns=["event", "label", "weight"])
        for label, name in enumerate(("narrow", "wide")):
            events = jets[jets.label == label].groupby("event").weight.sum()
            assert weights[name] == pytest.approx(events.sum())
            assert summary["effective"][split][name] == pytest.approx(events.sum() ** 2 / (events**2).sum())


def test_too_few_test_jets_for_a_comparison_are_reported_at_once(tmp_path, capsys):
    card, part = ingest(tmp_path, weight="1 - 1.6 * (event % 4 < 2)")
    assert run("summarise", card, "--out", tmp_path / "summary.json", part) == 0
    one, other = (line for line in capsys.readouterr().err.splitlines() if "warning" in line)
    assert one.startswith("tagwerk: warning: the 28 test jets of class 'narrow' have an effective size of ")
    assert "events, but a comparison needs 10; use more jets" in one
    assert "of class 'wide'" in other
