"""Two processes that write to the same place at once: one is refused in one line, or both end with the same bytes."""

import re

from tests.faults.conftest import PARTS, copy_of, fault, fingerprint, marked, wait_for
from tests.faults.test_kill import BATCH, train_command


def test_the_second_of_two_trainings_is_refused_and_the_first_is_undisturbed(finished_toy, undisturbed, tmp_path):
    out, mark = tmp_path / "model", tmp_path / "mark"
    command = train_command(finished_toy, out)
    first = finished_toy.tagwerk(*command, faults=[fault("train", BATCH, "wait", mark)])
    wait_for(lambda: marked(mark), first)
    second = finished_toy.tagwerk(*command)
    assert second.wait() == 2
    (line,) = second.lines
    assert re.search(rf"model.unfinished: process {first.pid} on \S+ has been training here since", line)
    mark.with_name("mark.go").touch()
    assert first.wait() == 0, first.output
    expected = {name: digest for name, digest in undisturbed.items() if name.startswith("studies/toy/lstm/seed1/model")}
    assert list(fingerprint(out).values()) == list(expected.values())


def test_two_ingests_of_one_part_end_with_its_bytes(project, finished_toy):
    part, marks = f"{PARTS}/toy_0", [project.path / "one", project.path / "two"]
    at = "call tagwerk.records.store:RecordWriter.add_checksums"
    command = ["ingest", "toy", "toy_0.root", "--out", part]
    processes = [project.tagwerk(*command, faults=[fault("ingest", at, "wait", mark)]) for mark in marks]
    for mark, process in zip(marks, processes, strict=True):
        wait_for(lambda mark=mark: marked(mark), process)
    for mark in marks:
        mark.with_name(f"{mark.name}.go").touch()
    for process in processes:
        assert process.wait() == 0, process.output
    assert fingerprint(project.path / part) == fingerprint(finished_toy.path / part)
    assert not list((project.path / PARTS).glob(".*"))


def test_two_studies_in_copies_of_one_folder_do_not_meet(finished_toy, tmp_path):
    """What a folder holds names no other folder: a copy finds nothing to do and changes nothing in the original."""
    copy = copy_of(finished_toy, tmp_path / "copy")
    before = fingerprint(finished_toy.path)
    assert copy.due() == set()
    assert fingerprint(finished_toy.path) == before
