"""A disk that becomes full while a stage writes, and then has space again; it needs root, to mount a small disk."""

import os
import shutil
from contextlib import contextmanager, suppress

from tests.faults.conftest import PARTS, RUNS, SCORES, fault, fingerprint, marked, mounted, wait_for

SMALL = ("-t", "tmpfs", "-o", "size=24m", "tmpfs")

# The moments from which on nothing more can be written.
WRITES = {
    "checkpoint": ("train", "call tagwerk.training.checkpoint:Checkpoint.save", SCORES[1]),
    "model": ("train", "call tagwerk.training.train:_save", SCORES[1]),
    "scores": ("score", "call tagwerk.cli.score:write_scores", SCORES[1]),
    "comparison": ("compare", "call tagwerk.cli.compare:write_figures", f"{RUNS}/comparison/comparison.json"),
}


@contextmanager
def small_disk(folder, aside):
    """Move the content of a folder to a small disk of its own."""
    if folder.exists():
        folder.rename(aside)
    with mounted(folder, *SMALL):
        if aside.exists():
            shutil.copytree(aside, folder, dirs_exist_ok=True, symlinks=True)
        yield


def fill(folder):
    """Fill a disk to its last byte; return the file that does."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(folder).f_bavail == 0
    return filler


def stopped_by_full_disk(place, disk, write, program, at, target):
    """Run a target whose job finds the disk full, and return the job's error lines."""
    mark = place.path / f"{write}.mark"
    process = place.workflow(target, faults=[fault(program, at, "wait", mark)])
    wait_for(lambda: marked(mark), process)
    filler = fill(disk)
    mark.with_name(f"{mark.name}.go").touch()
    assert process.wait() == 1, process.output
    filler.unlink()
    return place.messages()[program]


def test_a_run_continues_once_a_full_disk_has_space_again(untrained, undisturbed_scores):
    disk = untrained.path / RUNS
    with small_disk(disk, untrained.path / "before"):
        untrained.finish(SCORES[0])
        for write, (program, at, target) in WRITES.items():
            lines = stopped_by_full_disk(untrained, disk, write, program, at, target)
            assert all(line.endswith(": No space left on device") for line in lines), lines
            assert not list(disk.rglob(".*-*.*"))
        assert not (disk / "comparison").exists()
        assert fingerprint(untrained.path / "results") == undisturbed_scores


def test_an_ingest_continues_once_a_full_disk_has_space_again(project, finished_toy):
    disk, target = project.path / PARTS, f"{PARTS}/toy_0"
    with small_disk(disk, project.path / "before"):
        at = "call tagwerk.records.store:RecordWriter.append"
        lines = stopped_by_full_disk(project, disk, "ingest", "ingest", at, target)
        assert lines == [f"tagwerk: {target}: No space left on device"]
        assert [path.name for path in disk.iterdir()] == []
        project.finish(target)
        assert fingerprint(project.path / target) == fingerprint(finished_toy.path / target)
