"""The executor of a profile."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tagwerk.workflow.executors import executor
from tests.workflow.conftest import ROOT, Project


def test_an_executor_that_is_there_is_chosen():
    assert executor("local") == "local"


def test_a_missing_plugin_is_named_in_one_line(capsys):
    with pytest.raises(SystemExit) as end:
        executor("kubernetes")
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "tagwerk: executor 'kubernetes': its plugin is not installed; run: "
        "pip install snakemake-executor-plugin-kubernetes\n"
    )


@pytest.mark.slow
@pytest.mark.skipif(bool(find_spec("snakemake_executor_plugin_htcondor")), reason="the plugin is installed")
def test_a_profile_without_its_plugin_stops_before_snakemake_reads_the_workflow(tmp_path: Path):
    shutil.copytree(ROOT / "workflow/profiles", tmp_path / "workflow/profiles")
    (tmp_path / "workflow/Snakefile").write_text("raise AssertionError")
    run = Project(tmp_path).run("snakemake", "--profile", "workflow/profiles/htcondor")
    assert run.returncode == 2
    lines = [line for line in run.stdout.splitlines() if not line.startswith("Using profile")]
    assert lines == [
        "tagwerk: executor 'htcondor': its plugin is not installed; run: pip install snakemake-executor-plugin-htcondor"
    ]
