import pytest

from tests.conftest import write_card


@pytest.mark.parametrize("tagger", ["lstm", "boosted_trees"])
def test_train_names_what_is_missing(toy, tmp_path, failed, tagger):
    card, out = toy.tagger(tagger), tmp_path / "model"
    missing = tmp_path / "missing"
    assert f"{missing}: no such file" in failed("train", card, toy.card, missing, out, *toy.parts)
    assert f"{missing}: no such card" in failed("train", missing, toy.card, toy.summary, out, *toy.parts)
    assert "missing/train.parquet: no such file" in failed(
        "train", card, toy.card, toy.summary, out, toy.parts[0], missing
    )
    assert list(tmp_path.iterdir()) == []


def test_train_refuses_a_tagger_that_wants_what_the_dataset_lacks(toy, tmp_path, failed):
    card = toy.tagger("boosted_trees").read_text().replace("width", "widht")
    path = write_card(tmp_path / "trees.yaml", card)
    line = failed("train", path, toy.card, toy.summary, tmp_path / "model", *toy.parts)
    assert line.startswith(f"tagwerk: {path}: key 'inputs.scalars': there is no 'widht' in dataset 'toy'")


def test_train_refuses_a_directory_in_place_of_the_summary(toy, tmp_path, failed):
    line = failed("train", toy.tagger("lstm"), toy.card, toy.root, tmp_path / "model", *toy.parts)
    assert str(toy.root) in line


def test_train_refuses_a_summary_of_other_variables(toy, tmp_path, failed):
    old = write_card(tmp_path / "summary.json", toy.summary.read_text().replace('"delta_r"', '"delta_s"'))
    line = failed("train", toy.tagger("lstm"), toy.card, old, tmp_path / "model", *toy.parts)
    assert str(old) in line
    assert "delta_r" in line
