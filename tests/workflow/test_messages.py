"""Snakemake's and its executor plugins' own texts, as they write them."""

import pytest

from tagwerk.workflow.messages import batch_failure, exit_status, short_reason, submitted, title


def test_a_job_is_named_as_its_log_file():
    wildcards = {"study": "demo", "tagger": "lstm", "run": "jets2000/seed1"}
    assert title("train", wildcards) == "train demo/lstm/jets2000/seed1"
    assert title("all", {}) == "all"
    assert title("train", {"tagger": "\x1b[2J"}) == "train ?[2J"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Command 'tagwerk train' returned non-zero exit status 2.", "exit status 2"),
        (
            "Command 'tagwerk train' returned non-zero exit status 137.",
            "exit status 137, killed, perhaps for lack of memory",
        ),
        ("Command 'tagwerk train' died with <Signals.SIGKILL: 9>.", "SIGKILL, killed, perhaps for lack of memory"),
        ("Command 'tagwerk train' died with <Signals.SIGTERM: 15>.", "SIGTERM"),
        ("MissingOutputException: Job 3 completed successfully, but some output files are missing.", None),
    ],
)
def test_the_end_of_a_command_is_found(text, status):
    assert exit_status(text) == status


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("Job 5 has been submitted with SLURM jobid 1234 (log: /x/9/1234.log).", {5: "SLURM 1234"}),
        (
            "Submitted array job with Snakemake IDs 5,7 and SLURM job ID 88. The individual task IDs are 3-4.",
            {5: "SLURM 88_3", 7: "SLURM 88_4"},
        ),
        (
            "Job 5 submitted to HTCondor Cluster ID 77 with batch name x\nThe logs of the HTCondor job are stored in y",
            {5: "HTCondor 77"},
        ),
        ("Submitted job 5 with external jobid '4711'.", {5: "batch job 4711"}),
        ("Trying to restart job 5.", {}),
    ],
)
def test_the_batch_system_s_identifiers_are_found(text, jobs):
    assert submitted(text) == jobs


def test_only_what_the_batch_system_says_of_a_failure_is_kept():
    advice = "For further error details see the cluster/cloud log and the log files of the involved rule(s)."
    assert batch_failure(f"SLURM-job '12' failed, SLURM status is: 'TIMEOUT'. {advice}") == (
        "SLURM-job '12' failed, SLURM status is: 'TIMEOUT'."
    )
    assert batch_failure(None) == ""


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        ("Missing output files: b, a, c; Code has changed since last execution", "Missing output files: a and 2 more"),
        ("Updated input files: a", "Updated input files: a"),
        ("Input files updated by another job: a, b", "Input files updated by another job"),
        ("Params have changed since last execution: before: 1 now: 2", "Params have changed since last execution"),
        ("Forced execution", "Forced execution"),
    ],
)
def test_a_reason_names_the_first_file_and_no_fingerprints(reason, short):
    assert short_reason(reason).split("; ")[0] == short
    assert len(short_reason(reason).split("; ")) == len(reason.split("; "))
