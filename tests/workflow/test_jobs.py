"""What a job's files tell about it."""

import json

import pytest

from tagwerk.workflow.jobs import Job, last_lines


@pytest.fixture
def job(tmp_path):
    """A job whose files are from an earlier run."""
    (tmp_path / "log").write_text("earlier\n")
    (tmp_path / "benchmark").write_text('{"s": 1000.0, "max_rss": 1.0}\n')
    return Job("train demo/lstm/seed1", [tmp_path / "log"], tmp_path / "benchmark")


def test_progress_is_the_last_line_of_this_run(job):
    assert job.progress() == "no output yet"
    job.logs[0].write_text("train: 1/9 jets\n\ntrain: 5/9 jets\n\n")
    assert job.progress() == "train: 5/9 jets"


def test_what_tensorflow_s_libraries_write_is_no_progress(job):
    messages = (
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        "I0000 00:00:1795936440.271118   28675 cudart_stub.cc:31] Could not find cuda drivers on your machine.\n"
    )
    job.logs[0].write_text(messages)
    assert job.progress() == "no output yet"
    job.logs[0].write_text("tagwerk: the checkpoint is of other settings\n" + messages)
    assert job.progress() == "tagwerk: the checkpoint is of other settings"


def test_the_cost_is_what_snakemake_measured_in_this_run(job):
    job.started -= 72
    assert job.cost() == "72 s"
    job.benchmark.write_text(json.dumps({"s": 0.5, "max_rss": 400}) + "\n" + json.dumps({"s": 30, "max_rss": 1100}))
    assert job.cost() == "30 s, 1.2 GB"  # 1100 * 2^20 bytes
    job.benchmark.write_text(json.dumps({"s": 3, "max_rss": 100}))
    assert job.cost() == "3.0 s, 100 MB"
    job.benchmark.write_text(json.dumps({"s": 3, "max_rss": 953}))
    assert job.cost() == "3.0 s, 1.0 GB"  # 953 * 2^20 bytes, 1000 MB to two digits


@pytest.mark.parametrize("text", ["", "s\th:m:s\n0.1\t0:00:00\n", '["s"]', '{"s": "-", "max_rss": null}'])
def test_a_benchmark_that_says_nothing_is_no_error(job, text):
    job.started -= 72
    job.benchmark.write_text(text)
    assert job.cost() == "72 s"


def test_progress_is_due_at_growing_intervals(job):
    at = []
    for _ in range(9):
        at.append(job.report_at)
        job.postpone()
    assert at == [30, 120, 240, 480, 960, 1920, 3720, 5520, 7320]


def test_the_last_lines_are_few_short_and_harmless_to_a_terminal(tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"first\n" * 100_000 + b"clear\x1b[2J\ttab \xff\n\n" + b"x" * 1_000)
    assert last_lines(log, 2) == ["clear?[2J tab \N{REPLACEMENT CHARACTER}", "x" * 300 + "..."]
    assert last_lines(tmp_path / "none", 2) == []
