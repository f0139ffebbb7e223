import pytest

from tests.conftest import DATASET, changed, write_card


def test_a_bad_card_ends_in_one_line_and_status_two(config, failed):
    write_card(config.card, changed(DATASET, "sequences.constituents.max_lenght", 5))
    line = failed("ingest", config.files[0], config.card, config.parts[0])
    assert line == (
        f"tagwerk: {config.card}: unknown key 'max_lenght' (value 5); did you mean 'max_length'? "
        "(in 'sequences.constituents')"
    )
    assert not config.parts[0].exists()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("selection", "jet_pt < 0", "no jet passes the selections"),
        ("jet.mass", "jet_mas", "no branch 'jet_mas'; did you mean 'jet_mass'?"),
        ("tree", "jet", "there is no tree 'jet'; did you mean 'jets'?"),
    ],
)
def test_ingest_names_the_file_that_does_not_fit_the_card(toy, tmp_path, failed, key, value, said):
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, key, value))
    line = failed("ingest", toy.files[0], card, tmp_path / "part")
    assert line.startswith(f"tagwerk: {toy.files[0]}")
    assert said in line
    assert [path.name for path in tmp_path.iterdir()] == ["toy.yaml"]


def test_a_jet_of_two_classes_is_said_with_the_card(toy, tmp_path, failed):
    both = [each | {"selection": "jet_pt > 0"} for each in DATASET["classes"]]
    card = write_card(tmp_path / "toy.yaml", changed(DATASET, "classes", both))
    line = failed("ingest", toy.files[0], card, tmp_path / "part")
    assert "narrow and wide" in line
    assert str(card) in line
