"""`tagwerk summarise` says what no later stage could do with the jets."""

import json

import pandas as pd
import pytest

from tests.conftest import DATASET, changed, run, toy_branches, write_card, write_root


def test_a_class_without_jets_is_said_with_the_card(toy, tmp_path, failed):
    none = [DATASET["classes"][0], DATASET["classes"][1] | {"selection": "is_wide == 2"}]
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "classes", none))
    assert run("ingest", toy.files[0], card, tmp_path / "part") == 0
    line = failed("summarise", card, tmp_path / "summary.json", tmp_path / "part")
    assert "no jet of class 'wide'" in line
    assert str(card) in line
    assert not (tmp_path / "summary.json").exists()


def ingest(folder, **keys):
    """Ingest 200 toy jets with other keys in the dataset's card; return the card and the part."""
    file = write_root(folder / "toy.root", toy_branches(0, 200))
    card = write_card(folder / "toy.yaml", DATASET | {"checks": {"negative_weights": "note"}} | keys)
    assert run("ingest", file, card, folder / "part") == 0
    return card, folder / "part"


@pytest.mark.parametrize(
    ("weight", "said"),
    [("0 * is_wide", "the training jets of class 'narrow' weigh 0 in all"),
     ("1 - 2 * is_wide", "the training jets of class 'wide' weigh -"),
     ("event % 2 - 0.9", "weigh -")],
)  # fmt: skip
def test_classes_of_no_weight_are_refused(tmp_path, failed, weight, said):
    card, part = ingest(tmp_path, weight=weight)
    line = failed("summarise", card, tmp_path / "summary.json", part)
    assert line.startswith(f"tagwerk: {card}: key 'weight': ")
    assert said in line
    assert not (tmp_path / "summary.json").exists()


def test_weights_below_zero_are_no_ground_to_stop_but_to_draw_by(tmp_path, failed):
    weight = "1 - 2 * (event % 10 == 0)"
    card, part = ingest(tmp_path, weight=weight)
    assert run("summarise", card, tmp_path / "summary.json", part) == 0
    section = {"reference": "narrow", "bins": [2, 1], "method": "resampling"}
    write_card(card, DATASET | {"weight": weight, "reweighting": section})
    line = failed("summarise", card, tmp_path / "other.json", part)
    assert line.startswith(f"tagwerk: {card}: key 'reweighting.method': ")
    assert "training jets have weights below zero" in line
    assert line.endswith("set it to weights")


def test_weights_and_effective_events_are_those_of_each_split_and_class(tmp_path):
    """Two jets an event: where both are of a class and weigh w, the event weighs 2 w."""
    card, part = ingest(tmp_path, weight="1 - 2 * (event % 10 == 0)")
    assert run("summarise", card, tmp_path / "summary.json", part) == 0
    found = json.loads((tmp_path / "summary.json").read_text())
    for split, of_classes in found["weights"].items():
        jets = pd.read_parquet(part / f"{split}.parquet", columns=["event", "label", "weight"])
        for label, name in enumerate(("narrow", "wide")):
            events = jets[jets.label == label].groupby("event").weight.sum()
            assert of_classes[name] == pytest.approx(events.sum())
            assert found["effective"][split][name] == pytest.approx(events.sum() ** 2 / (events**2).sum())


def test_test_jets_too_few_for_a_comparison_are_said_at_once(tmp_path, capsys):
    card, part = ingest(tmp_path, weight="1 - 1.6 * (event % 4 < 2)")
    assert run("summarise", card, tmp_path / "summary.json", part) == 0
    one, other = (line for line in capsys.readouterr().err.splitlines() if "warning" in line)
    assert one.startswith("tagwerk: warning: the 28 test jets of class 'narrow', with their weights, are worth ")
    assert "events, a comparison needs 10; use more jets" in one
    assert "of class 'wide'" in other
