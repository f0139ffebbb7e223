"""A lineage in short: what is the same for many results is said once."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tagwerk.provenance.commit import Commit
from tagwerk.provenance.digests import combined
from tagwerk.provenance.lineage import Lineage
from tagwerk.provenance.machine import Machine
from tagwerk.provenance.provenance_record import Provenance, Source

_ABBREVIATION = 9  # digits of a commit
_NO_COMMIT = "not recorded, for want of a git repository; see the version of tagwerk"


@dataclass(frozen=True)
class StageRow:
    """The runs of one command: how many, with which code, where, from when to when, and their time in seconds."""

    stage: str
    runs: int
    commits: list[str]
    hosts: list[str]
    start: datetime
    end: datetime
    seconds: float


@dataclass(frozen=True)
class CardText:
    """A card as some commands read it."""

    path: str
    text: str
    stages: list[str]

    @property
    def sha256(self) -> str:
        """The SHA-256 of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Overview:
    """What made the results of a lineage.

    Attributes:
        stages: one row per command, in the order of the data flow.
        commits: of the code, with what was changed.
        versions: of the packages; several of one are listed.
        machines: on which the commands ran.
        seeds: by where they are set.
        cards: as they were read; one that was edited meanwhile has several entries.
        files: that no command wrote, by path.
        problems: of the lineage.
    """

    def __init__(self, lineage: Lineage) -> None:
        self.files: dict[str, Source] = lineage.files
        self.problems: list[str] = lineage.problems
        # `ingest` writes the same to the jet records and to the check.
        runs = list({(each.stage, each.command, each.started): each for each in lineage.results.values()}.values())
        self.stages = [_row(stage, [each for each in runs if each.stage == stage]) for stage in _unique_stages(runs)]
        self.commits = _unique(describe_commit(each.commit) for each in runs)
        self.versions = _merged([each.versions for each in runs])
        self.machines = _unique(describe_machine(each.machine) for each in runs)
        self.seeds = _merged([{name: str(seed) for name, seed in each.seeds.items()} for each in runs])
        self.cards = _cards(runs)

    @property
    def files_sha256(self) -> str:
        """One SHA-256 of all files that no command wrote, as of lines of `sha256sum`."""
        return combined({name: source.sha256 for name, source in self.files.items()})

    @property
    def files_size(self) -> int:
        """The size of these files in bytes, as far as it is known."""
        return sum(source.size or 0 for source in self.files.values())


def describe_commit(commit: Commit | None) -> str:
    """Return a commit in words, with what is changed."""
    if commit is None:
        return _NO_COMMIT
    if commit.modified is None:
        return f"{commit.id}, uncommitted changes unknown (no git)"
    return f"{commit.id}, with uncommitted changes in {', '.join(commit.modified)}" if commit.modified else commit.id


def describe_machine(machine: Machine) -> str:
    """Return a machine in words."""
    cores = f"{machine.cores} core{'s' if machine.cores > 1 else ''}"
    gpus = [f"{machine.gpus.count(model)} x {model}" for model in _unique(machine.gpus)]
    return f"{machine.host}: {', '.join([machine.cpu, cores, *(gpus or ['no GPU']), machine.system])}"


def _short(commit: Commit | None) -> str:
    if commit is None:
        return "-"
    return commit.id[:_ABBREVIATION] + ("+" if commit.modified else "")


def _row(stage: str, runs: list[Provenance]) -> StageRow:
    return StageRow(
        stage=stage,
        runs=len(runs),
        commits=_unique(_short(each.commit) for each in runs),
        hosts=_unique(each.machine.host for each in runs),
        start=min(each.started for each in runs),
        end=max(each.started + timedelta(seconds=each.seconds) for each in runs),
        seconds=sum(each.seconds for each in runs),
    )


def _cards(runs: list[Provenance]) -> list[CardText]:
    stages: dict[tuple[str, str], list[str]] = {}
    for each in runs:
        for card in each.cards.items():
            stages.setdefault(card, []).append(each.stage)
    return [CardText(path, text, _unique(used)) for (path, text), used in sorted(stages.items())]


def _merged(mappings: list[Mapping[str, str]]) -> dict[str, list[str]]:
    """Return the different values of each key."""
    names = _unique(name for each in mappings for name in each)
    return {name: _unique(each[name] for each in mappings if name in each) for name in names}


def _unique_stages(runs: list[Provenance]) -> list[str]:
    return _unique(each.stage for each in runs)


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
