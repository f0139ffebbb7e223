"""Rounds of random kills over the small study, continued after each; the end is compared with an undisturbed run.

In each round Snakemake runs for a random time; then a random process of its tree, or the whole tree, is killed by
SIGKILL, SIGTERM, or SIGSTOP and later SIGKILL. A study that is finished is compared and started anew.
"""

import argparse
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.faults.conftest import Place, Process, fingerprint
from tests.workflow.conftest import write_small_study

_JETS = 150  # per file, of four: the fewest that give every class enough test jets
# What a run may say after a kill; anything else is a failure.
_EXPECTED = re.compile(r"has been training here since|LockException|SIGTERM")
_GRACE = 3600.0  # seconds for a run to end after a kill


@dataclass
class Soak:
    """The study, the results that it must end with, and what has happened to it."""

    place: Place
    expected: dict[str, str]
    random: random.Random
    longest: float
    killed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    finished: int = 0

    def round(self) -> str:
        """Run Snakemake, kill something, and return what."""
        self.unlock()
        process = self.place.start(*_SNAKEMAKE)
        deadline = time.monotonic() + self.random.uniform(0, self.longest)
        while time.monotonic() < deadline and process.running():
            time.sleep(0.05)
        if not process.running():
            return self.end(process, "nothing")
        target = self.kill(process)
        self.wait(process)
        if self.random.random() < 0.5:  # otherwise orphans live on while Snakemake runs again
            self.wait_for_orphans()
        return self.end(process, target)

    def kill(self, process: Process) -> str:
        """Kill a random process of a tree, or all of it; return a description."""
        root = psutil.Process(process.pid)
        tree = [root, *root.children(recursive=True)]
        victims = tree if self.random.random() < 0.25 else [self.random.choice(tree)]
        how = self.random.choice(["SIGKILL", "SIGTERM", "SIGSTOP, SIGKILL"])
        names = "all" if len(victims) > 1 else name_of(victims[0])
        if how.startswith("SIGSTOP"):
            send(victims, signal.SIGSTOP)
            time.sleep(self.random.uniform(0, 3))
        send(victims, signal.SIGTERM if how == "SIGTERM" else signal.SIGKILL)
        self.killed[f"{names} by {how}"] += 1
        return f"{names} by {how}"

    def wait(self, process: Process) -> None:
        """Wait until Snakemake has ended; it lets its running jobs finish."""
        end = time.monotonic() + _GRACE
        while process.running():
            if time.monotonic() > end:
                self.problems.append("a run did not end after a kill")
                process.kill_group()
            time.sleep(0.1)

    def wait_for_orphans(self) -> None:
        end = time.monotonic() + _GRACE
        while self.orphans() and time.monotonic() < end:
            time.sleep(0.2)

    def orphans(self) -> list[psutil.Process]:
        """Return the processes that still work in the project's folder."""
        return [each for each in psutil.process_iter() if _folder(each) == str(self.place.path)]

    def unlock(self) -> None:
        """Remove the lock of a killed Snakemake, as its message says."""
        if any((self.place.path / ".snakemake/locks").glob("*")):
            unlocked = self.place.start(*_SNAKEMAKE, "--unlock")
            if unlocked.wait(_GRACE):
                self.problems.append(unlocked.output)

    def end(self, process: Process, target: str) -> str:
        """Note what a run said that it should not have; compare and start anew if it has finished."""
        if not process.wait(_GRACE):
            self.compare()
            return f"{target}; finished"
        lines = [line for line in process.output.splitlines() if line.startswith("tagwerk: ")]
        self.problems += [line for line in lines if not _EXPECTED.search(line)]
        if target == "nothing" and not any(_EXPECTED.search(line) for line in process.output.splitlines()):
            self.problems.append(process.output)
        return target

    def compare(self) -> None:
        """Compare the results with the undisturbed ones, and remove them."""
        self.wait_for_orphans()
        found = fingerprint(self.place.path / "results")
        differing = {name for name in found.keys() | self.expected if found.get(name) != self.expected.get(name)}
        self.problems += [f"{name}: differs from the undisturbed run" for name in sorted(differing)]
        self.problems += [f"{path}: a draft is left" for path in (self.place.path / "results").rglob(".*-*.*")]
        self.finished += 1
        for folder in ("results", ".snakemake"):
            shutil.rmtree(self.place.path / folder)


_SNAKEMAKE = ("snakemake", "--cores", 2, "--config", "study=small")


def send(processes: Sequence[psutil.Process], signum: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signum)


def name_of(process: psutil.Process) -> str:
    """Return snakemake, the stage of a job, or the program."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return "ended"
    for index, word in enumerate(words[:3]):
        if word.endswith("/snakemake"):
            return "snakemake"
        if word.endswith("/tagwerk"):
            return words[index + 1]
    return Path(words[0]).name if words else "ended"


def _folder(process: psutil.Process) -> str | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else process.cwd()
    except psutil.Error:
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="tagwerk-soak-") as folder:
        place = Place(write_small_study(Path(folder) / "undisturbed", _JETS).path)
        start = time.monotonic()
        undisturbed = place.start(*_SNAKEMAKE)
        assert undisturbed.wait(_GRACE) == 0, undisturbed.output
        seconds = time.monotonic() - start
        expected = fingerprint(place.path / "results")
        print(f"undisturbed: {seconds:.0f} s, {len(expected)} files compared", flush=True)
        disturbed = Place(write_small_study(Path(folder) / "disturbed", _JETS).path)
        soak = Soak(disturbed, expected, random.Random(options.seed), seconds / 8)
        for number in range(1, options.rounds + 1):
            print(f"round {number}: killed {soak.round()}", flush=True)
        soak.unlock()
        soak.wait_for_orphans()
        last = disturbed.start(*_SNAKEMAKE)
        soak.end(last, "nothing")
        for problem in soak.problems:
            print(problem)
        kills = sum(soak.killed.values())
        print(f"{options.rounds} rounds, {kills} kills, {soak.finished} studies finished, {len(expected)} files each")
        print(f"seed {options.seed}, problems: {len(soak.problems)}, files that differ or are lost: {differing(soak)}")
    return int(bool(soak.problems) or not soak.finished)


def differing(soak: Soak) -> int:
    return sum("differs from the undisturbed run" in problem for problem in soak.problems)


if __name__ == "__main__":
    sys.exit(main())
