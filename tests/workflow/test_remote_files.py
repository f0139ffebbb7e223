"""The workflow with the input files on an XRootD server."""

from collections.abc import Iterator

import pytest

from tests.conftest import DATASET, STUDY, TAGGERS, toy_branches, write_card, write_root
from tests.servers import XRootDServer, xrootd_server
from tests.workflow.conftest import Project

pytestmark = pytest.mark.long

REPORT = "results/studies/remote/report.html"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XRootDServer]:
    folder = tmp_path_factory.mktemp("files")
    with xrootd_server() as running:
        running.add(*(write_root(folder / f"toy_{index}.root", toy_branches(200 * index, 200)) for index in range(2)))
        yield running


@pytest.fixture(scope="module")
def project(server: XRootDServer, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a study of files named one by one, finished."""
    project = Project.create(tmp_path_factory.mktemp("remote"), "workflow")
    files = [server.url(f"toy_{index}.root") for index in range(2)]
    study = STUDY | {"taggers": ["boosted_trees"], "dataset": "named"}
    for path, card in {
        "datasets/named": DATASET | {"files": files},
        "datasets/pattern": DATASET | {"files": [server.url("toy_*.root")]},
        "taggers/boosted_trees": TAGGERS["boosted_trees"],
        "studies/remote": study,
        "studies/pattern": study | {"dataset": "pattern"},
    }.items():
        write_card(project.path / f"config/{path}.yaml", card)
    run = snakemake(project)
    assert run.count("rule ingest:") == 2
    return project


def snakemake(project: Project, *arguments: str, study: str = "remote") -> str:
    run = project.run("snakemake", "--cores", "2", *arguments, "--printshellcmds", "--config", f"study={study}")
    assert run.returncode == 0, run.stdout
    return run.stdout


def test_it_ends_with_the_report(project: Project) -> None:
    assert (project.path / REPORT).exists()
    parts = sorted(path.name for path in (project.path / "results/datasets/named/jets").iterdir())
    assert parts == ["toy_0", "toy_1"]


def test_a_pattern_gives_the_same_records(project: Project) -> None:
    records = "results/datasets/{}/jets/toy_0/train.parquet"
    snakemake(project, records.format("pattern"), study="pattern")
    named, pattern = (project.path / records.format(name) for name in ("named", "pattern"))
    assert named.read_bytes() == pattern.read_bytes()


def test_a_finished_study_needs_no_server_unless_its_files_are_a_pattern(
    project: Project, server: XRootDServer
) -> None:
    server.kill()
    try:
        assert "Nothing to be done" in snakemake(project)
        run = project.run("snakemake", "--dry-run", "--config", "study=pattern")
    finally:
        server.start()
    assert run.returncode == 2
    assert f" {server.url('').removesuffix('/')}: cannot be read ([FATAL] Connection error); " in run.stdout
    assert "Traceback" not in run.stdout


def test_a_missing_file_fails_its_job_alone_with_one_line(project: Project, server: XRootDServer) -> None:
    (server.files / "toy_1.root").rename(server.files / "away.root")
    results = project.path / "results/datasets/named"
    before = {file: file.read_bytes() for file in (results / "jets/toy_0").glob("*.parquet")}
    run = project.run("snakemake", "--cores", "1", "--forcerun", "ingest", "--keep-going", "--config", "study=remote")
    (server.files / "away.root").rename(server.files / "toy_1.root")
    assert run.returncode != 0
    (line,) = (line for line in (project.path / "results/logs/ingest/named/toy_1.log").read_text().splitlines())
    assert line.startswith(f"tagwerk: {server.url('toy_1.root')}: cannot be read ([3011] ")
    assert not (results / "jets/toy_1").exists()
    assert {file: file.read_bytes() for file in (results / "jets/toy_0").glob("*.parquet")} == before
    snakemake(project)
