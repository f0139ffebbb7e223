"""`tagwerk provenance` on what the commands themselves write."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tagwerk.summaries.summary import Summary
from tests.cli.test_exact import CARD
from tests.conftest import run, toy_branches, write_card, write_cards, write_root
from tests.scores.score_files import CARD as SCORES
from tests.scores.score_files import jets
from tests.scores.score_files import write as write_scores

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a toy study with boosted trees, from its files to the report, run in that folder; read-only."""
    folder = tmp_path_factory.mktemp("finished")
    toy = write_cards(folder)
    for index, file in enumerate(toy.files):
        write_root(file, toy_branches(200 * index, 200))
    study = {"title": "x", "dataset": "toy", "taggers": ["boosted_trees"], "epochs": 1, "signal": "wide"}
    write_card(toy.study, study | {"background": "narrow", "robustness": {"jets": 100}})
    parts, checks = ["jets/toy_0", "jets/toy_1"], ["checks/toy_0.json", "checks/toy_1.json"]
    seed1 = "boosted_trees/seed1"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("parts.txt").write_text("".join(f"{part}\n" for part in parts))
        for index in (0, 1):
            assert run("ingest", "toy", f"toy_{index}.root", "--out", parts[index], "--check", checks[index]) == 0
        for command in (
            ["summarise", "toy", "@parts.txt", "--out", "summary.json"],
            ["train", "boosted_trees", "toy", "summary.json", "@parts.txt", "--seed", 3, "--out", f"{seed1}/model"],
            ["score", f"{seed1}/model", "@parts.txt", "--out", f"{seed1}/scores"],
            ["probe", "toy", f"{seed1}/model", "@parts.txt", "--out", f"{seed1}/robustness.json"],
            ["compare", "toy", "summary.json", seed1, "--out", "comparison"],
            ["report", "toy", "summary.json", "comparison", *checks, "--out", "report.html"],
        ):
            assert run(*command) == 0, command
    return folder


@pytest.fixture
def project(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(finished)
    return finished


STAGES = ["ingest", "summarise", "train", "score", "probe", "compare", "report"]


def text_of(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert run("provenance", *arguments) == 0
    return capsys.readouterr().out


def test_a_report_leads_back_to_the_input_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = text_of(capsys, "report.html")
    rows = [line.split()[:2] for line in text.split("\n\n")[1].splitlines()[1:]]
    assert sorted(rows) == sorted([stage, "2" if stage == "ingest" else "1"] for stage in STAGES)
    for expected in (
        "train --seed = 3",
        "bootstrap replicas = 1",
        "perturbations = ",
        "toy_0.root",
        "Files     2 files, ",
    ):
        assert expected in text
    assert "Problems" not in text


@pytest.mark.parametrize(
    ("result", "stages"),
    [
        ("jets/toy_0", STAGES[:1]),
        ("checks/toy_0.json", STAGES[:1]),
        ("summary.json", STAGES[:2]),
        ("boosted_trees/seed1/model", STAGES[:3]),
        ("boosted_trees/seed1/model/training.json", STAGES[:3]),
        ("boosted_trees/seed1/scores/scores.parquet", STAGES[:4]),
        ("boosted_trees", STAGES[:5]),
        (".", STAGES),
    ],
)
def test_every_result_has_its_own(
    project: Path, capsys: pytest.CaptureFixture[str], result: str, stages: list[str]
) -> None:
    content = json.loads(text_of(capsys, "--json", result))
    assert {each["stage"] for each in content["results"].values()} == set(stages)
    assert content["problems"] == []


def test_the_recorded_cards_are_those_that_a_command_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = json.loads(text_of(capsys, "--json", "report.html"))["results"]
    read = {name: [Path(card).stem for card in each["cards"]] for name, each in results.items()}
    assert read["summary.json"] == ["toy"]
    assert sorted(read["boosted_trees/seed1/model"]) == ["boosted_trees", "toy"]
    assert sorted(read["comparison"]) == ["boosted_trees", "toy", "toy"]
    assert results["summary.json"]["cards"]["config/datasets/toy.yaml"] == Path("config/datasets/toy.yaml").read_text()


def test_the_report_shows_it(project: Path) -> None:
    page = Path("report.html").read_text()
    section = page[page.index('<section id="provenance">') :].partition("</section>")[0]
    for expected in (
        '<th scope="row">ingest</th><td>2</td>',
        "toy_0.root",
        "selection: is_wide == 0",
        "config/studies/toy",
    ):
        assert expected in section


def test_results_are_those_without_it(project: Path, tmp_path: Path) -> None:
    """Bit by bit: neither time nor machine is in any other file."""
    assert run("ingest", "toy", "toy_0.root", "--out", tmp_path / "toy_0") == 0
    for piece in ("train", "validation", "test"):
        again, first = (folder / f"{piece}.parquet" for folder in (tmp_path / "toy_0", Path("jets/toy_0")))
        assert again.read_bytes() == first.read_bytes()
    assert run("summarise", "toy", "@parts.txt", "--out", tmp_path / "summary.json") == 0
    assert (tmp_path / "summary.json").read_bytes() == Path("summary.json").read_bytes()
    assert Summary.load(Path("summary.json")) == Summary.load(tmp_path / "summary.json")


def test_verified_results_are_what_they_were(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert text_of(capsys, "--verify", "report.html").endswith(" files match their recorded checksums.\n")


def test_a_flipped_bit_anywhere_is_found(
    project: Path, capsys: pytest.CaptureFixture[str], failed: Callable[..., str]
) -> None:
    for name in ("toy_0.root", "jets/toy_1/train.parquet", "boosted_trees/seed1/model/training.json", "report.html"):
        before = Path(name).read_bytes()
        content = bytearray(before)
        content[len(content) // 2] ^= 1
        Path(name).write_bytes(content)
        try:
            message = failed("provenance", "--verify", "report.html")
        finally:
            Path(name).write_bytes(before)
        again = "restore these files, or make them and all that depends on them again"
        assert message == f"tagwerk: report.html: 1 problem, listed above; {again}"


def test_a_folder_that_is_no_result_is_refused(tmp_path: Path, failed: Callable[..., str]) -> None:
    what = "no provenance; give a result of Tagwerk, such as results/studies/demo"
    assert failed("provenance", tmp_path) == f"tagwerk: {tmp_path}: {what}"


def test_a_simulated_file_is_followed_to_its_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_card(Path("config/datasets/exact.yaml"), CARD)
    assert run("simulate", "exact", "one_prong_0000", "--out", "one_prong_0000.root") == 0
    assert run("ingest", "exact", "one_prong_0000.root", "--out", "jets/one_prong_0000") == 0
    text = text_of(capsys, "jets/one_prong_0000")
    assert "Seeds     config/datasets/exact.yaml: generator.seed = 3\n" in text
    assert "Files     none: all jets were simulated\n" in text
    assert text_of(capsys, "--verify", "one_prong_0000.root").endswith("All 1 files match their recorded checksums.\n")


def test_score_files_from_elsewhere_are_input_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_scores(tmp_path / "theirs", jets(200), "parquet")
    entry = SCORES | {"name": "theirs", "files": "theirs.parquet", "score": ["score_1", "score_2"]}
    card = {"title": "Theirs", "scores": [entry], "signal": "top", "background": "qcd"}
    write_card(Path("config/studies/files.yaml"), card)
    assert run("compare", "files", "--out", "comparison") == 0
    digest = sha256(Path("theirs.parquet").read_bytes()).hexdigest()
    assert f"{digest}  theirs.parquet\n" in text_of(capsys, "comparison")
