from tests.conftest import run


def test_the_next_step_is_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run("new", "mine") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "mine: a new project; its study compares boosted_trees, deep_sets, my_gru"
    card = "config/datasets/mine.yaml (6 lines marked CHECK)"
    assert second == f"Next: cd mine, correct {card}, and run snakemake --cores all"


def test_a_folder_that_exists_is_refused_in_one_line(tmp_path, failed):
    assert failed("new", tmp_path).startswith(f"tagwerk: {tmp_path}: exists; ")
