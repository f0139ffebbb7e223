from datetime import UTC, datetime, timedelta

import pytest

from tagwerk.provenance.commit import Commit
from tagwerk.provenance.digests import digest
from tagwerk.provenance.lineage import Lineage
from tagwerk.provenance.machine import Machine
from tagwerk.provenance.overview import Overview, describe_commit, describe_machine
from tagwerk.provenance.provenance_record import Provenance, Source

ONE, TWO = "1" * 40, "2" * 40
START = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)


def result(stage, number=0, **changes):
    """The provenance of a result, made in an hour of its own in 10 s."""
    about = {
        "result": f"{stage}{number}", "stage": stage, "command": f"tagwerk {stage} {number}", "seeds": {}, "inputs": [],
        "commit": Commit(id=ONE, modified=[]), "versions": {"tagwerk": "0.1.0", "numpy": "2.4.6"}, "outputs": {},
        "cards": {"config/datasets/top.yaml": "title: Tops\n"}, "digest": "", "seconds": 10.0,
        "machine": Machine(host="node1", cpu="Fast CPU", cores=2, gpus=[], system="Linux 6"),
        "started": START + timedelta(hours=number),
    }  # fmt: skip
    return Provenance(**(about | changes))


def overview(*results, files=None):
    return Overview(
        Lineage(results={f"{index}": each for index, each in enumerate(results)}, files=files or {}, problems=[])
    )


def test_runs_of_a_command_are_one_row():
    node2 = Machine(host="node2", cpu="Fast CPU", cores=8, gpus=["H200"], system="Linux 6")
    commit = Commit(id=TWO, modified=["src/tagwerk/jets/features.py"])
    found = overview(result("ingest"), result("train", 1), result("train", 2, machine=node2, commit=commit))
    assert [row.stage for row in found.stages] == ["ingest", "train"]
    row = found.stages[1]
    assert (row.runs, row.commits, row.hosts, row.seconds) == (2, ["111111111", "222222222+"], ["node1", "node2"], 20)
    assert row.start == START + timedelta(hours=1)
    assert found.commits == [ONE, f"{TWO}, with uncommitted changes in src/tagwerk/jets/features.py"]
    assert found.machines == [
        "node1: Fast CPU, 2 cores, no GPU, Linux 6",
        "node2: Fast CPU, 8 cores, 1 x H200, Linux 6",
    ]


def test_two_results_of_one_run_count_once():
    assert overview(result("ingest"), result("ingest", result="check.json")).stages[0].runs == 1


def test_versions_seeds_and_cards_that_differ_are_all_given():
    edited = {"config/datasets/top.yaml": "title: All tops\n", "config/taggers/lstm.yaml": "x"}
    found = overview(
        result("ingest", seeds={"top.yaml: generator.seed": 5}),
        result("train", 1, seeds={"train --seed": 1}),
        result("train", 2, seeds={"train --seed": 2}, versions={"tagwerk": "0.2.0", "numpy": "2.4.6"}, cards=edited),
    )
    assert found.versions == {"tagwerk": ["0.1.0", "0.2.0"], "numpy": ["2.4.6"]}
    assert found.seeds == {"top.yaml: generator.seed": ["5"], "train --seed": ["1", "2"]}
    assert [(card.path.rpartition("/")[2], card.text, card.stages) for card in found.cards] == [
        ("top.yaml", "title: All tops\n", ["train"]),
        ("top.yaml", "title: Tops\n", ["ingest", "train"]),
        ("lstm.yaml", "x", ["train"]),
    ]


def test_the_checksum_of_a_card_is_that_of_its_file(tmp_path):
    card = overview(result("ingest")).cards[0]
    (tmp_path / "top.yaml").write_text("title: Tops\n")
    assert card.sha256 == digest(tmp_path / "top.yaml")


def test_input_files_are_counted_with_one_checksum():
    files = {"b.root": Source(path="b.root", sha256="2", size=30), "a.root": Source(path="a.root", sha256="1", size=12)}
    assert overview(result("ingest"), files=files).files_size == 42
    swapped = dict(reversed(files.items()))
    assert overview(files=files).files_sha256 == overview(files=swapped).files_sha256


@pytest.mark.parametrize(
    ("commit", "text"),
    [
        (None, "not recorded, for want of a git repository; see the version of tagwerk"),
        (Commit(id=ONE, modified=None), f"{ONE}, uncommitted changes unknown (no git)"),
        (Commit(id=ONE, modified=[]), ONE),
        (Commit(id=ONE, modified=["a", "b"]), f"{ONE}, with uncommitted changes in a, b"),
    ],
)
def test_a_commit_is_said_with_its_changes(commit, text):
    assert describe_commit(commit) == text


def test_equal_gpus_are_counted():
    machine = Machine(host="node", cpu="CPU", cores=1, gpus=["A100", "A100", "H200"], system="Linux 6")
    assert describe_machine(machine) == "node: CPU, 1 core, 2 x A100, 1 x H200, Linux 6"
