"""What the profiles for HTCondor and lxplus make of a job, as HTCondor's own code sees it; no HTCondor is running."""

import json
import os
import subprocess
import sys
from importlib.metadata import metadata
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from tagwerk.workflow.resources import disk, memory, minutes_to_simulate
from tests.workflow.conftest import ROOT, Project, write_small_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not find_spec("snakemake_executor_plugin_htcondor"),
        reason="snakemake-executor-plugin-htcondor is not installed; make test-htcondor",
    ),
]
PROFILES = ("htcondor", "lxplus")
PART = "results/datasets/top/files/top_0001.root"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return write_small_study(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def jobs(project: Project) -> dict[str, dict[str, str]]:
    """The attributes of the job that simulates a file, with each profile."""
    return {profile: submit(project, profile) for profile in PROFILES}


def submit(project: Project, profile: str, *options: str) -> dict[str, str]:
    script = str(Path(__file__).with_name("submission.py"))
    arguments = ["--profile", f"workflow/profiles/{profile}", "--retries", "0", "--config", "study=small"]
    run = project.run(sys.executable, script, *arguments, *options, "--", PART)
    found = [line for line in run.stdout.splitlines() if line.startswith("job: ")]
    assert found, run.stdout
    job: dict[str, str] = json.loads(found[0].removeprefix("job: "))
    return job


@pytest.mark.parametrize("profile", PROFILES)
def test_a_dry_run_shows_all_jobs(project: Project, profile: str):
    arguments = ("--profile", f"workflow/profiles/{profile}", "--dry-run", "--config", "study=small")
    run = project.run("snakemake", *arguments)
    assert run.returncode == 0, run.stdout
    assert "Traceback" not in run.stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_a_job_asks_for_what_its_rule_declares(jobs: dict[str, dict[str, str]], profile: str):
    nothing = SimpleNamespace(size_mb=0)
    job = jobs[profile]
    assert job["RequestMemory"] == str(memory("simulate", nothing))  # MiB
    assert job["RequestDisk"] == str(1024 * disk("simulate", nothing))  # KiB
    assert job["MaxRuntime"] == job["RequestRuntime"] == str(60 * minutes_to_simulate(200))
    assert job["RequestCpus"] == "1"


def test_what_the_user_sets_for_a_rule_goes_to_htcondor_too(project: Project):
    job = submit(project, "htcondor", "--set-resources", "simulate:mem_mb=5000", "simulate:runtime=100")
    assert (job["RequestMemory"], job["MaxRuntime"]) == ("5000", "6000")


def test_a_gpu_is_asked_for_where_the_user_says_so(project: Project):
    job = submit(project, "htcondor", "--set-resources", "simulate:request_gpus=int(wildcards.part=='top_0001')")
    assert job["RequestGPUs"] == "1"


def test_jobs_on_lxplus_get_the_kerberos_ticket(jobs: dict[str, dict[str, str]]):
    assert jobs["lxplus"]["SendCredential"] == "True"
    assert "SendCredential" not in jobs["htcondor"]


@pytest.mark.parametrize("profile", PROFILES)
def test_logs_of_htcondor_are_with_the_other_logs(jobs: dict[str, dict[str, str]], profile: str):
    job = jobs[profile]
    for name in ("Out", "Err", "UserLog"):
        assert Path(job["Iwd"], job[name]).is_relative_to(Path(job["Iwd"], "results/logs/htcondor"))


def test_resources_for_htcondor_are_those_that_the_plugin_documents(project: Project):
    documentation = str(metadata("snakemake-executor-plugin-htcondor"))
    rules = (ROOT / "workflow/rules/resources.smk").read_text()
    profiles = "".join((ROOT / f"workflow/profiles/{name}/config.yaml").read_text() for name in PROFILES)
    for name in ("htcondor_request_mem_mb", "htcondor_request_disk_mb"):
        assert f'"{name}"' in rules
        assert f"`{name}`" in documentation
    for name in ("job_wrapper", "getenv"):
        assert f"  {name}: " in profiles
        assert f"`{name}`" in documentation
    assert '"classad_MaxRuntime"' in rules
    assert "`classad_<foo>`" in documentation
    assert "  htcondor_submit_MY__SendCredential: " in profiles
    assert "`htcondor_submit_MY__SendCredential`" in documentation


@pytest.mark.parametrize("profile", PROFILES)
def test_the_job_runs_from_any_folder_with_a_nearly_empty_environment(
    project: Project, jobs: dict[str, dict[str, str]], profile: str, tmp_path: Path
):
    """As HTCondor starts it: in a scratch folder, with the job's attributes in a file."""
    job = jobs[profile]
    (tmp_path / ".job.ad").write_text(f'Cmd = "{job["Cmd"]}"\nIwd = "{job["Iwd"]}"\n')
    environment = {name: os.environ[name] for name in ("HOME", "PYTHONPATH") if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), environment.get("PYTHONPATH", "")])
    environment |= {"_CONDOR_JOB_AD": str(tmp_path / ".job.ad"), "_CONDOR_SCRATCH_DIR": str(tmp_path)}
    (project.path / ".snakemake/wanted").mkdir(parents=True, exist_ok=True)
    arguments = job["Args"].split(" ")
    place = arguments.index("--wait-for-files") + 1
    arguments[place] = str(project.path / ".snakemake/wanted")  # a folder of the run that submitted the job
    (project.path / PART).unlink(missing_ok=True)
    command = [job["Cmd"], *arguments]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (project.path / PART).exists()
