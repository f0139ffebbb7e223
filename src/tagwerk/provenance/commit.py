"""The commit of the code that runs: from its git repository, the installed package or an archive."""

import json
import os
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from pydantic import BaseModel

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = ("src", "workflow")  # of the repository, whose changes make it another code
_ARCHIVED = "provenance/archived_commit.txt"  # in which `git archive` replaces the placeholder, see .gitattributes
_MAX_FILES = 20  # changed ones, named
_PATIENCE = 20.0  # s, on a slow shared disk
# Of git's status: the line with the commit, and the fields before the name of a changed, unmerged or untracked file.
_HEAD, _FIELDS = "# branch.oid ", {"1 ": 8, "u ": 10, "? ": 1}


class Commit(BaseModel):
    """A commit, and which files of the code differ from it; null where that is not known."""

    id: str
    modified: list[str] | None


def current_commit(package: Path = _PACKAGE) -> Commit | None:
    """Return the commit of a package's code; None where only its version is known.

    Only a repository of Tagwerk itself counts, not one of the user's with an environment somewhere in it.
    """
    repository = package.parents[1]
    if not (repository / ".git").exists():
        return _of_installation(package) or _of_archive(package)
    return _from_git(repository) or _from_files(repository)


def _from_git(repository: Path) -> Commit | None:
    """Return what git says, None where there is no git or it refuses."""
    # The code of this repository runs already, so its owner may be another user.
    options = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", str(repository)]
    status = ["status", "--porcelain=v2", "--branch", "--no-renames", "-z", "--", *_FOLDERS]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *options, *status], env=environment, capture_output=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.decode(errors="replace").split("\0")
    found = next((line.removeprefix(_HEAD) for line in lines if line.startswith(_HEAD)), "")
    modified = [line.split(" ", _FIELDS[line[:2]])[-1] for line in lines if line[:2] in _FIELDS]
    more = [f"{len(modified) - _MAX_FILES:,} more"] if len(modified) > _MAX_FILES else []
    return Commit(id=found, modified=[*modified[:_MAX_FILES], *more]) if _is_commit(found) else None


def _from_files(repository: Path) -> Commit | None:
    """Return the commit in the repository's own files."""
    try:
        folder = repository / ".git"
        if folder.is_file():  # a worktree
            folder = repository / folder.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
        common = folder / "commondir"
        shared = folder / common.read_text(encoding="utf-8").strip() if common.exists() else folder
        found = (folder / "HEAD").read_text(encoding="utf-8").strip()
        if found.startswith("ref: "):
            found = _resolved(found.removeprefix("ref: "), shared)
    except (OSError, ValueError):
        return None
    return Commit(id=found, modified=None) if _is_commit(found) else None


def _resolved(name: str, folder: Path) -> str:
    """Return the commit of a branch, in a file of its own or among the packed ones."""
    if (folder / name).is_file():
        return (folder / name).read_text(encoding="utf-8").strip()
    lines = (folder / "packed-refs").read_text(encoding="utf-8").splitlines()
    return next((line.partition(" ")[0] for line in lines if line.endswith(f" {name}")), "")


def _of_installation(package: Path) -> Commit | None:
    """Return the commit that pip installed from, if it was from a repository (PEP 610)."""
    try:
        installed = distribution(package.name)
        origin = json.loads(installed.read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, OSError, ValueError):
        return None
    found = origin.get("vcs_info", {}).get("commit_id", "")
    is_this = Path(str(installed.locate_file(package.name))).resolve() == package.resolve()
    return Commit(id=found, modified=[]) if is_this and _is_commit(found) else None


def _of_archive(package: Path) -> Commit | None:
    """Return the commit that git wrote into an archive, such as one that GitHub offers for download."""
    try:
        found = (package / _ARCHIVED).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return Commit(id=found, modified=None) if _is_commit(found) else None


def _is_commit(text: str) -> bool:
    return len(text) in (40, 64) and set(text) <= set("0123456789abcdef")
