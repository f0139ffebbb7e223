"""From a result back to its input files, wherever the project is now."""

import re
import shutil
from pathlib import Path, PosixPath

import pytest

from tagwerk.errors import UserError
from tagwerk.provenance.lineage import trace
from tests.provenance.commands import write


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a small lineage of results, as the workflow makes it: with paths relative to the folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    make()
    return folder


def make():
    folder = Path()
    (folder / "a.root").write_text("jets")
    part = write("ingest", folder / "results/jets/a", files=[folder / "a.root"])
    summary = write("summarise", folder / "results/summary.json", "1", parts=[part])
    model = write("train", folder / "results/lstm/seed1/model", summary=summary, parts=[part])
    write("score", folder / "results/lstm/seed1/scores", model=model, parts=[part])
    write("compare", folder / "results/comparison", summary=summary, runs=[folder / "results/lstm/seed1"])


STAGES = ["ingest", "summarise", "train", "score", "compare"]


def stages(lineage):
    return [each.stage for each in lineage.results.values()]


def test_every_result_comes_after_what_it_was_made_of(project):
    lineage = trace([Path() / "results/comparison"])
    assert stages(lineage) == STAGES
    assert list(lineage.files) == ["a.root"]
    assert lineage.problems == []


def test_a_folder_a_file_in_a_result_and_several_paths_lead_to_the_same(project):
    for paths in (["results"], ["results/comparison/a.txt"], ["results/summary.json", "results/comparison"], ["."]):
        lineage = trace(map(Path, paths))
        assert set(stages(lineage)) == set(STAGES), paths
        assert len(lineage.results) == 5
    assert stages(trace([project / "results/summary.json"])) == ["ingest", "summarise"]


def test_a_project_that_was_moved_is_followed_from_any_folder(project, tmp_path, monkeypatch):
    moved = tmp_path / "elsewhere/moved"
    moved.parent.mkdir()
    monkeypatch.chdir(tmp_path)
    project.rename(moved)
    for path in (moved / "results/comparison", (moved / "results/comparison").relative_to(tmp_path)):
        lineage = trace([path])
        assert (stages(lineage), lineage.problems) == (STAGES, [])
        assert list(lineage.files) == [str(path.parents[1] / "a.root")]


def test_what_was_made_again_with_another_content_is_named(project):
    folder = Path()
    write("summarise", folder / "results/summary.json", "2", parts=[folder / "results/jets/a"])
    wrong = "results/summary.json: was made again after {} was made of it, and differs"
    expected = {wrong.format(f"results/{name}") for name in ("lstm/seed1/model", "comparison")}
    assert set(trace([folder / "results/comparison"]).problems) == expected


def test_what_was_made_again_with_the_same_content_is_no_problem(project):
    folder = Path()
    write("summarise", folder / "results/summary.json", "1", parts=[folder / "results/jets/a"])
    assert trace([folder / "results/comparison"]).problems == []


def test_a_result_without_provenance_is_named(project):
    (project / "results/jets/a/provenance.json").unlink()
    lineage = trace([Path() / "results/summary.json"])
    assert lineage.problems == ["results/jets/a: has no provenance, so that of results/summary.json is incomplete"]
    assert stages(lineage) == ["summarise"]


@pytest.mark.parametrize("content", ["", "{}", '{"stage": 1}', "\x00"])
def test_a_provenance_that_cannot_be_read_is_named(project, content):
    (project / "results/jets/a/provenance.json").write_text(content)
    lineage = trace([Path() / "results/summary.json"])
    assert lineage.problems == [
        "results/jets/a/provenance.json: is not the provenance of a result; make the result again"
    ]


def test_an_edited_provenance_is_named(project):
    path = project / "results/jets/a/provenance.json"
    path.write_text(re.sub('"commit"', '"comment"', path.read_text()))
    lineage = trace([Path() / "results/summary.json"])
    assert lineage.problems == ["results/jets/a/provenance.json: is damaged or was edited; make the result again"]


def test_an_input_file_that_changed_between_two_commands_is_named(project):
    folder = Path()
    (folder / "a.root").write_text("other jets")
    write("ingest", folder / "results/jets/b", files=[folder / "a.root"])
    assert trace([folder / "results/jets"]).problems == ["a.root: changed between the commands that read it"]


def test_of_very_many_parts_it_is_known_that_one_was_made_again(project):
    folder = Path()
    parts = [write("ingest", folder / f"results/many/{index}.txt", files=[folder / "a.root"]) for index in range(201)]
    (folder / "parts.txt").write_text("".join(f"{part}\n" for part in parts))
    model = write("train", folder / "results/model", parts=[folder / "@parts.txt"])
    lineage = trace([model])
    assert (len(lineage.results), len(lineage.files), lineage.problems) == (202, 1, [])
    write("ingest", parts[7], "y", files=[folder / "a.root"])
    problem = "parts.txt: the 201 parts of results/model were others, or some were made again later"
    assert trace([model]).problems == [problem]
    write("ingest", parts[7], files=[folder / "a.root"])
    (folder / "parts.txt").write_text("".join(f"{part}\n" for part in parts[1:]))
    assert trace([model]).problems == [problem]


@pytest.mark.parametrize("count", [2, 201])
def test_chunks_of_scores_that_were_joined_and_removed_are_no_problem(project, count):
    model, folder = Path("results/lstm/seed1/model"), Path("results/lstm/seed1/chunks")
    parts = [Path("results/jets/a")]
    for number in range(count):
        write("score", folder / f"{number}", model=model, parts=parts)
    scores = write("score", Path("results/lstm/seed1/scores"), model=model, parts=parts, chunks=folder)
    shutil.rmtree(folder)
    lineage = trace([scores])
    assert lineage.problems == []
    assert list(lineage.files) == ["a.root"]


def test_files_on_a_server_are_at_the_beginning(tmp_path):
    class Remote(PosixPath):
        def __str__(self):
            return "root://host//a.root"

    result = write("ingest", tmp_path / "part", files=[Remote("root:/host/a.root")])
    lineage = trace([result])
    assert list(lineage.files) == ["root://host//a.root"]
    assert (lineage.files["root://host//a.root"].sha256, lineage.problems) == (None, [])


def test_a_copied_result_without_the_rest_says_what_is_missing(project, tmp_path, monkeypatch):
    (tmp_path / "copy").mkdir()
    for name in ("summary.json", "summary.json.provenance.json"):
        shutil.copy(project / "results" / name, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    lineage = trace([tmp_path / "copy/summary.json"])
    assert stages(lineage) == ["summarise"]
    assert [problem.partition(":")[0] for problem in lineage.problems] == ["results/jets/a"]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("missing", "no such file or directory"),
        ("empty", "no provenance; give a result of Tagwerk, such as results/studies/demo"),
        ("file.txt", "no provenance; give a result of Tagwerk, such as results/studies/demo"),
    ],
)
def test_what_is_no_result_is_refused_in_one_line(tmp_path, name, what):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").touch()
    with pytest.raises(UserError) as mistake:
        trace([tmp_path / name])
    assert str(mistake.value) == f"{tmp_path / name}: {what}"
