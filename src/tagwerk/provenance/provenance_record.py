"""The provenance of a result, as stored in JSON: what made it, where, when and of what."""

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, NonNegativeInt, ValidationError

from tagwerk.checksums import read_json
from tagwerk.errors import UserError
from tagwerk.provenance.commit import Commit
from tagwerk.provenance.machine import Machine


class Source(BaseModel):
    """A file or directory that a command read.

    Attributes:
        path: as it was given.
        sha256: as `tagwerk.provenance.digests.digest` gives it; null for a file on a server.
        size: of a file in bytes; null for a directory.
        modified: of the same, when it was last modified.
    """

    path: str
    sha256: str | None
    size: NonNegativeInt | None = None
    modified: datetime | None = None


class ReadFiles(BaseModel):
    """What one argument of a command gave, or one key of a card.

    Attributes:
        argument: such as `parts`.
        count: the number of files and directories.
        sha256: of all of them together, as `tagwerk.provenance.digests.combined` gives it.
        listed_in: the file with their paths, if they were not given one by one.
        sources: they themselves; none if there are very many.
    """

    argument: str
    count: NonNegativeInt
    sha256: str
    listed_in: str | None = None
    sources: tuple[Source, ...] = ()


class Provenance(BaseModel):
    """The provenance of one result.

    Attributes:
        result: its path, as it was given.
        stage: the command of `tagwerk` that made it.
        command: the command line, without passwords, tokens and home directory.
        commit: of the code; null for a release.
        versions: of the packages that affect results.
        cards: the text of each card, by its path.
        seeds: of random numbers, by where they are set.
        inputs: all that was read except cards.
        outputs: the SHA-256 of each file of the result, by its name.
        digest: of the result as a whole.
        machine: where the command ran.
        started: when; of a training that was interrupted, when the last process started.
        seconds: how long it took since then.
    """

    result: str
    stage: str
    command: str
    commit: Commit | None
    versions: dict[str, str]
    cards: dict[str, str]
    seeds: dict[str, int]
    inputs: list[ReadFiles]
    outputs: dict[str, str]
    digest: str
    machine: Machine
    started: datetime
    seconds: float

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the provenance in a file.

        Raises:
            UserError: it is missing, damaged or edited, or holds something else.
        """
        try:
            return cls.model_validate_json(read_json(path, "tagwerk"))
        except (ValidationError, OSError):
            raise UserError(f"{path}: is not the provenance of a result; make the result again") from None
        except UserError:
            raise UserError(f"{path}: is damaged or was edited; make the result again") from None
