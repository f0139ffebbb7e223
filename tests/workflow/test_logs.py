"""All lines of a run on the terminal and in its logs are Tagwerk's own: no banner, no message of a library."""

import re
from pathlib import Path

import pytest

from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.check_text import format_result
from tagwerk.workflow.jobs import last_lines
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

PROGRESS = re.compile(
    r"(simulate \w+|read \S+|survey|summarise|train|score): \S+/\S+ \w+, (\S+ \w+/s|\S+s/ \w+), \S+ elapsed, \S+ left"
    r"(, epoch \d of 2: validation loss \d\.\d{4})?"
)
JOB = re.compile(r"\d\d:\d\d:\d\d (\[ ?\d+/22\]|       ) [a-z_]+ \S+: (?P<state>.+?)(; log: \S+)?")
DONE = re.compile(r"done in [\d.]+ (s|min)(, [\d.]+ [MG]B)?")


def unexpected(log: Path, expected: set[str]) -> list[str]:
    lines = log.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not PROGRESS.fullmatch(line) and line not in expected]


def test_logs_hold_what_tagwerk_says_and_nothing_else(small_study: Project) -> None:
    logs = {log: set[str]() for log in small_study.path.glob("results/logs/*/**/*.log")}
    for log in small_study.path.glob("results/logs/ingest/top/*.log"):
        check = CheckResult.load(small_study.path / f"results/datasets/top/checks/{log.stem}.json")
        logs[log] = set(format_result(check).splitlines())
    assert len(logs) >= 22
    assert {str(log): lines for log, known in logs.items() if (lines := unexpected(log, known))} == {}
    assert "epoch 2 of 2: " in (small_study.path / "results/logs/train/small/lstm/seed1.log").read_text()


def test_the_terminal_shows_jobs_and_nothing_else(small_study: Project) -> None:
    profile, plan, *jobs, end = (small_study.path / "terminal.txt").read_text(encoding="utf-8").splitlines()
    assert profile.startswith("Using workflow specific profile")
    assert " 22 jobs on 2 cores: 4 simulate, 4 ingest, " in plan
    matches = [JOB.fullmatch(line) for line in jobs]
    states = [match["state"] if match else line for match, line in zip(matches, jobs, strict=True)]
    progress = [state for state in states if not DONE.fullmatch(state)]
    assert len(states) - len(progress) == 22
    logs = small_study.path.glob("results/logs/*/**/*.log")
    known = {line for log in logs for line in last_lines(log, 1_000)}
    assert set(progress) - known - {"no output yet"} == set()
    assert re.fullmatch(r"\d\d:\d\d:\d\d 22 of 22 jobs done in [\d.]+ (s|min): results/studies/small/report.html", end)
