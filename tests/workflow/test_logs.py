"""All lines of a run on the terminal and in its logs are Tagwerk's own: no banner, no message of a library."""

import re
from pathlib import Path

import pytest

from tagwerk.checks.check_result import CheckResult
from tagwerk.checks.check_text import format_result
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

PROGRESS = re.compile(
    r"(simulate \w+|read \S+|survey|summarise|train|score): \S+/\S+ \w+, (\S+ \w+/s|\S+s/ \w+), \S+ elapsed, \S+ left"
    r"(, epoch \d of 2: validation loss \d\.\d{4})?"
)
TERMINAL = re.compile(
    r"\d\d:\d\d:\d\d (\[ ?\d+/22\]|       ) [a-z_]+ \S+: "
    rf"(done in [\d.]+ (s|min)(, [\d.]+ [MG]B)?|no output yet(; log: \S+)?|{PROGRESS.pattern}(; log: \S+)?)"
)


def unexpected(log: Path, expected: set[str]) -> list[str]:
    lines = log.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not PROGRESS.fullmatch(line) and line not in expected]


def test_logs_hold_what_tagwerk_says_and_nothing_else(small_study: Project) -> None:
    logs = {log: set[str]() for log in small_study.path.glob("results/logs/*/**/*.log")}
    for log in small_study.path.glob("results/logs/ingest/top/*.log"):
        check = CheckResult.load(small_study.path / f"results/datasets/top/checks/{log.stem}.json")
        logs[log] = set(format_result(check).splitlines())
    assert len(logs) == 22
    assert {str(log): lines for log, known in logs.items() if (lines := unexpected(log, known))} == {}
    assert "epoch 2 of 2: " in (small_study.path / "results/logs/train/small/lstm/seed1.log").read_text()


def test_the_terminal_shows_jobs_and_nothing_else(small_study: Project) -> None:
    profile, plan, *jobs, end = (small_study.path / "terminal.txt").read_text(encoding="utf-8").splitlines()
    assert profile.startswith("Using workflow specific profile")
    assert " 22 jobs on 2 cores: 4 simulate, 4 ingest, " in plan
    assert [line for line in jobs if not TERMINAL.fullmatch(line)] == []
    assert sum("done in" in line for line in jobs) == 22
    assert re.fullmatch(r"\d\d:\d\d:\d\d 22 of 22 jobs done in [\d.]+ (s|min): results/studies/small/report.html", end)
