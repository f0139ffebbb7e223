"""The commit is known in a clone, a worktree, a shallow clone and without git, and changes of the code are named."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tagwerk.provenance.commit import Commit, current_commit

NAME = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
PATH = os.environ.get("PATH", "")
ROOT = Path(__file__).parents[2]
MODULE = "src/tagwerk/taggers/dense.py"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(folder, *arguments):
    done = subprocess.run(
        ["git", "-C", folder, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=NAME | {"PATH": "/usr/bin:/bin"},
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "clone"
    (folder / MODULE).parent.mkdir(parents=True)
    (folder / MODULE).write_text("units = 8\n")
    (folder / "README.md").write_text("Read\n")
    git(tmp_path, "init", "-q", "-b", "main", folder)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def found(folder):
    return current_commit(folder / "src/tagwerk")


@pytest.fixture
def hide_git(monkeypatch, tmp_path):
    """A function that hides git from then on."""

    def hide():
        (tmp_path / "empty").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "empty"))

    return hide


def test_a_clean_clone(repository):
    assert found(repository) == Commit(id=git(repository, "rev-parse", "HEAD"), modified=[])


def test_changed_and_new_files_of_the_code_are_named_and_no_others(repository):
    (repository / MODULE).write_text("units = 9\n")
    (repository / "src/tagwerk/taggers/mine and yours.py").touch()
    (repository / "README.md").write_text("Reread\n")
    (repository / "results").mkdir()
    (repository / "results/summary.json").touch()
    assert found(repository).modified == [MODULE, "src/tagwerk/taggers/mine and yours.py"]
    git(repository, "add", "src")
    assert found(repository).modified == [MODULE, "src/tagwerk/taggers/mine and yours.py"]


def test_files_in_conflict_are_changed(repository):
    git(repository, "checkout", "-q", "-b", "other")
    for branch, units in (("other", 10), ("main", 12)):
        git(repository, "checkout", "-q", branch)
        (repository / MODULE).write_text(f"units = {units}\n")
        git(repository, "commit", "-q", "-a", "-m", branch)
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "other")
    assert found(repository).modified == [MODULE]


def test_a_worktree_and_a_shallow_clone(repository, tmp_path):
    git(repository, "worktree", "add", "-q", "-b", "side", tmp_path / "side")
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), tmp_path / "shallow")
    for folder in (tmp_path / "side", tmp_path / "shallow"):
        assert found(folder) == found(repository)


def test_without_git_the_commit_is_read_from_the_repository(repository, tmp_path, hide_git):
    git(repository, "worktree", "add", "-q", "-b", "side", tmp_path / "side")
    commit = found(repository).id
    hide_git()
    assert found(repository) == found(tmp_path / "side") == Commit(id=commit, modified=None)


def test_without_git_packed_branches_and_detached_heads_are_read(repository, hide_git):
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "pack-refs", "--all")
    path = repository / ".git/HEAD"
    hide_git()
    assert found(repository) == Commit(id=commit, modified=None)
    path.write_text(f"{commit}\n")
    assert found(repository) == Commit(id=commit, modified=None)
    path.write_text("ref: refs/heads/none\n")
    assert found(repository) is None


def test_the_repository_around_an_environment_is_not_that_of_tagwerk(repository):
    package = repository / ".venv/lib/python3.11/site-packages/tagwerk"
    package.mkdir(parents=True)
    assert current_commit(package) is None


def test_variables_for_another_repository_do_not_mislead(repository, tmp_path, monkeypatch):
    git(tmp_path, "init", "-q", tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    assert found(repository) is not None


def test_a_package_installed_from_a_repository_has_its_commit(tmp_path, monkeypatch):
    commit = "0123456789abcdef0123456789abcdef01234567"
    metadata = tmp_path / "site/sample-1.0.dist-info"
    (tmp_path / "site/sample").mkdir(parents=True)
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert current_commit(tmp_path / "site/sample") is None
    (metadata / "direct_url.json").write_text(f'{{"url": "x", "vcs_info": {{"vcs": "git", "commit_id": "{commit}"}}}}')
    assert current_commit(tmp_path / "site/sample") == Commit(id=commit, modified=[])
    assert current_commit(tmp_path / "elsewhere/sample") is None


def test_an_archive_of_git_has_its_commit(repository, tmp_path):
    for name in (".gitattributes", "src/tagwerk/provenance/archived_commit.txt"):
        (repository / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, repository / name)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "archive")
    git(repository, "archive", "--output", tmp_path / "archive.zip", "HEAD")
    shutil.unpack_archive(tmp_path / "archive.zip", tmp_path / "unpacked")
    assert found(tmp_path / "unpacked") == Commit(id=git(repository, "rev-parse", "HEAD"), modified=None)
    shutil.rmtree(repository / ".git")
    assert found(repository) is None
