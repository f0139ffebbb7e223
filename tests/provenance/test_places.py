from tagwerk.provenance.places import find_provenance, provenance_path, result_at, results_below


def test_the_provenance_is_in_a_directory_and_next_to_a_file(tmp_path):
    model, summary = tmp_path / "model", tmp_path / "summary.json"
    assert provenance_path(model, is_directory=True) == model / "provenance.json"
    assert provenance_path(summary, is_directory=False) == tmp_path / "summary.json.provenance.json"
    assert find_provenance(model) is find_provenance(summary) is None


def test_a_result_is_found_by_any_of_its_files(tmp_path):
    for name in ("model/provenance.json", "model/logs/events", "summary.json", "summary.json.provenance.json", "other"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for name in ("model", "model/provenance.json", "model/logs/events"):
        assert result_at(tmp_path / name) == tmp_path / "model"
    for name in ("summary.json", "summary.json.provenance.json"):
        assert result_at(tmp_path / name) == tmp_path / "summary.json"
    for name in ("other", "missing", "missing/provenance.json", "model/logs", "."):
        assert result_at(tmp_path / name) is None


def test_results_below_a_folder_are_sorted_and_not_hidden(tmp_path):
    for name in ("b/model/provenance.json", "a.json.provenance.json", "c/provenance.json", ".draft/provenance.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(results_below(tmp_path)) == [tmp_path / "a.json", tmp_path / "b/model", tmp_path / "c"]
    assert list(results_below(tmp_path, deep=False)) == [tmp_path / "a.json", tmp_path / "c"]


def test_a_file_of_the_longest_name_has_none(tmp_path):
    file = tmp_path / f"{'x' * 250}.root"
    file.touch()
    assert find_provenance(file) is None
    assert result_at(file) is None
