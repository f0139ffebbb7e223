from tests.conftest import DATASET, changed, run, write_card


def test_a_class_without_jets_is_said_with_the_card(toy, tmp_path, failed):
    none = [DATASET["classes"][0], DATASET["classes"][1] | {"selection": "is_wide == 2"}]
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "classes", none))
    assert run("ingest", toy.files[0], card, tmp_path / "part") == 0
    line = failed("summarise", card, tmp_path / "summary.json", tmp_path / "part")
    assert "no jet of class 'wide'" in line
    assert str(card) in line
    assert not (tmp_path / "summary.json").exists()
