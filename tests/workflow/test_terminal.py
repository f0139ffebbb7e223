"""What runs of Snakemake show on the terminal with Tagwerk's logger, in a workflow that takes a second."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from snakemake.settings.types import OutputSettings
from snakemake_interface_logger_plugins.common import LogEvent

import tagwerk
from tagwerk.workflow.jobs import Job
from tagwerk.workflow.terminal import LogHandler

pytestmark = pytest.mark.slow

SNAKEFILE = r"""
rule all:
    input:
        "results/demo/report.html",

rule train:
    output:
        "results/{study}/{tagger}.txt",
    log:
        "logs/train/{study}/{tagger}.log",
    benchmark:
        "benchmarks/train/{study}/{tagger}.jsonl"
    resources:
        attempt=lambda wildcards, attempt: attempt,
    params:
        end=config.get("end", "true"),
    shell:
        "seq 1 30 > {log}; echo real cause >> {log}; attempt={resources.attempt}; {params.end}; touch {output}"

rule report:
    input:
        expand("results/{{study}}/{tagger}.txt", tagger=["lstm", "gr\u00fc"]),
    output:
        "results/{study}/report.html",
    log:
        "logs/report/{study}.log",
    shell:
        "cat {input:q} > {output} 2> {log}"
"""
TIME = r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d"


@pytest.fixture
def snakemake(tmp_path):
    """A function that runs Snakemake on the workflow and returns its exit status and its output, times cut."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")

    def run(*arguments: str, **variables: str) -> tuple[int, str]:
        source = str(Path(tagwerk.__file__).parents[1])
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "1", "--logger", "tagwerk", *arguments],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": source, **variables}, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        text = re.sub(rf"(?m)^{TIME} ", "T ", done.stdout)
        return done.returncode, re.sub(r"\d[\d.]* (s|min)\b(, [\d.]+ [MG]B)?", "N s", text)

    return run


def test_a_run_is_one_line_per_job_between_its_plan_and_its_result(snakemake):
    status, text = snakemake()
    plan, *jobs, end = text.splitlines()
    assert status == 0
    assert plan == "T 3 jobs on 1 core: 2 train, 1 report"
    assert [job[:7] for job in jobs] == ["T [1/3]", "T [2/3]", "T [3/3]"]
    assert {job[8:] for job in jobs} == {
        f"{job}: done in N s" for job in ("train demo/grü", "train demo/lstm", "report demo")
    }
    assert end == "T 3 of 3 jobs done in N s: results/demo/report.html"


def test_a_failed_job_shows_its_status_and_the_last_lines_of_its_log(snakemake, tmp_path):
    status, text = snakemake("--config", "end=exit 3", "--", "results/demo/lstm.txt")
    *lines, end = text.splitlines()
    numbers = [f"        {number}" for number in range(17, 31)]
    assert status == 1
    assert lines == [
        "T 1 job on 1 core: 1 train",
        "T FAILED train demo/lstm, after N s: exit status 3",
        "    the end of logs/train/demo/lstm.log:",
        *numbers,
        "        real cause",
    ]
    assert end.startswith("T 1 job failed, 0 of 1 jobs done in N s. Correct the cause and start snakemake again;")
    (file,) = (tmp_path / ".snakemake/log").iterdir()
    assert end.endswith(f"All messages: {file}")
    assert "Error in rule train:" in file.read_text(encoding="utf-8")


def test_a_killed_job_is_named_as_killed(snakemake):
    assert "SIGKILL, killed, perhaps for lack of memory\n" in snakemake("--config", "end=kill -9 $$")[1]


def test_a_job_that_works_at_the_second_attempt_is_no_failure_in_the_end(snakemake):
    status, text = snakemake("--retries", "1", "--config", 'end=[ "$attempt" = 2 ]', "--", "results/demo/lstm.txt")
    lines = text.splitlines()
    assert status == 0
    assert lines[1] == "T FAILED train demo/lstm, after N s: exit status 1"
    assert lines[-3:] == [
        "T trying again: train demo/lstm",
        "T [1/1] train demo/lstm: done in N s",
        "T 1 of 1 jobs done in N s",
    ]


def test_an_error_that_is_not_of_a_command_is_shown_as_snakemake_says_it(snakemake):
    status, text = snakemake("--latency-wait", "0", "--config", "end=exit 0", "--", "results/demo/lstm.txt")
    assert status == 1
    assert "completed successfully, but some output files are missing" in text
    assert "results/demo/lstm.txt" in text


def test_a_dry_run_says_what_would_run_and_why(snakemake):
    status, text = snakemake("--dry-run", "--config", "end=true")
    assert status == 0
    assert sorted(text.splitlines()) == sorted(
        [
            "3 jobs would run: 2 train, 1 report",
            "train demo/grü: Missing output files: results/demo/grü.txt",
            "train demo/lstm: Missing output files: results/demo/lstm.txt",
            "report demo: Missing output files: results/demo/report.html; Input files updated by another job",
        ]
    )
    assert snakemake("--dry-run", "--quiet") == (0, "3 jobs would run: 2 train, 1 report\n")
    snakemake()
    assert snakemake("--dry-run")[1].startswith("Nothing to be done")
    assert snakemake()[1].startswith("Nothing to be done")


@pytest.mark.parametrize("quiet", [["--quiet"], ["--quiet", "all"], ["--quiet", "rules", "progress", "host"]])
def test_a_quiet_run_that_works_says_nothing(snakemake, quiet):
    assert snakemake(*quiet) == (0, "")


def test_a_quiet_run_that_fails_says_why(snakemake):
    status, text = snakemake("--quiet", "--config", "end=false")
    assert status == 1
    assert "real cause" in text


@pytest.mark.parametrize("option", ["--printshellcmds", "--verbose", "--debug-dag"])
def test_snakemake_s_own_messages_are_there_for_those_who_ask(snakemake, option):
    text = snakemake("--dry-run", option)[1]
    assert "rule train:" in text
    assert "reason: Missing output files: results/demo/lstm.txt" in text
    assert "would run" not in text


def test_commands_without_a_run_say_what_they_did(snakemake):
    assert snakemake("--unlock") == (0, "Unlocked working directory.\n")
    assert snakemake("--dag")[1].startswith("digraph snakemake_dag")


def test_letters_that_a_stream_lacks_are_escaped(snakemake):
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    status, text = snakemake("--dry-run", **ascii_only)
    assert status == 0
    assert r"train demo/gr\xfc: Missing" in text


def test_a_run_goes_on_if_nobody_reads_what_it_says(snakemake, tmp_path):
    command = f"{sys.executable} -m snakemake --cores 1 --logger tagwerk 2>&1 | true"
    environment = {**os.environ, "PYTHONPATH": str(Path(tagwerk.__file__).parents[1])}
    subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "results/demo/report.html").exists()


def record(event, **values):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, "", (), None)
    made.__dict__.update(event=event, **values)
    return made


def test_long_jobs_show_their_progress_and_first_their_log(tmp_path, capsys):
    log = tmp_path / "seed1.log"
    handler = LogHandler(OutputSettings(), None)
    handler.handle(record(LogEvent.RUN_INFO, stats={"train": 12, "all": 1, "total": 13}))
    job = {"rule_name": "train", "wildcards": {"tagger": "lstm"}, "log": [str(log)], "benchmark": None}
    handler.handle(record(LogEvent.JOB_INFO, jobid=1, **job))
    handler.show_progress()
    handler.running[1].started -= 31
    handler.show_progress()
    handler.show_progress()
    log.write_text("train: 6/9 jets, 2 jets/s, 00:03 elapsed, 00:01 left, epoch 2 of 3: validation loss 0.5\n")
    handler.running[1].started -= 90
    handler.show_progress()
    handler.close()
    lines = re.sub(rf"(?m)^{TIME} ", "T ", capsys.readouterr().err).splitlines()
    assert lines == [
        "T 12 jobs: 12 train",
        f"T         train lstm: no output yet; log: {log}",
        "T         train lstm: train: 6/9 jets, 2 jets/s, 00:03 elapsed, 00:01 left, epoch 2 of 3: validation loss 0.5",
    ]


def test_many_long_jobs_do_not_fill_the_terminal(capsys):
    handler = LogHandler(OutputSettings(), None)
    handler.running = {number: Job(f"train {number}", [], started=0) for number in range(1_000)}
    handler.show_progress()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 9
    assert lines[-1].endswith("and 992 other jobs")
    handler.close()
