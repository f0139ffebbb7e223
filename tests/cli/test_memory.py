"""What a stage holds in memory is set by the chunk, not by the file."""

import subprocess
import sys

import pytest
import uproot

from tests.conftest import DATASET, toy_branches, write_card, write_root

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

_CHUNK, _CHUNKS = 10_000, 5
# Not what getrusage says: that begins with the memory of the process that started this one.
_MEASURE = """
import re, sys
from pathlib import Path
from tagwerk.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""

# An epoch of batches, without TensorFlow, beside whose gigabyte nothing could be seen.
_EPOCH = """
import re, sys
from pathlib import Path
import numpy as np
from tagwerk.layers.schema import Schema
from tagwerk.training.batches import epoch
from tagwerk.training.split_jets import read_split
from tagwerk.training.weights import Weighing
memory, *parts = sys.argv[1:]
schema = Schema(["narrow", "wide"], ["pt", "mass"], {"constituents": ["pt", "eta", "phi", "energy"]})
split = read_split(list(map(Path, parts)), ["train"], schema, Weighing(np.ones(2)), float(memory))
jets = sum(len(batch.inputs()["jet"]) for batch in epoch(split, 1000, np.random.default_rng(1)))
assert jets == len(split)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def write_jets(path, chunks):
    write_root(path, toy_branches(0, _CHUNK))
    with uproot.update(path) as file:
        for number in range(1, chunks):
            branches = toy_branches(number * _CHUNK, _CHUNK)
            file["jets"].extend(branches)
    return path


def peak(*arguments):
    """Return the largest memory that a command had, in MB."""
    return peak_of(_MEASURE, *arguments)


def peak_of(program, *arguments):
    """Return what a program prints of its largest memory, in MB."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(run.stdout.splitlines()[-1]) / 1000


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("memory")


@pytest.fixture(scope="module")
def peaks(root):
    """The memory of ingest and summarise on a file, and on one that is four times as large."""
    card = write_card(root / "toy.yaml", DATASET)
    peaks = {"ingest": [], "summarise": []}
    for name, chunks in (("small", _CHUNKS), ("large", 4 * _CHUNKS)):
        file, part = write_jets(root / f"{name}.root", chunks), root / name
        peaks["ingest"].append(peak("ingest", file, card, part))
        peaks["summarise"].append(peak("summarise", card, root / f"{name}.json", part))
    return peaks


@pytest.mark.parametrize("stage", ["ingest", "summarise"])
def test_four_times_the_jets_take_no_more_memory(peaks, stage):
    small, large = peaks[stage]
    print(f"{stage}: {small:.0f} MB and {large:.0f} MB")
    assert large < 1.1 * small


def test_no_stage_takes_more_than_a_gigabyte_and_a_half(peaks):
    assert max(peaks["ingest"] + peaks["summarise"]) < 1500


def test_four_times_the_jets_take_no_more_memory_in_training_where_they_do_not_fit(peaks, root):
    part, megabyte, enough = root / "large", 1e6, 1e12
    small, large = peak_of(_EPOCH, megabyte, part), peak_of(_EPOCH, megabyte, *4 * [part])
    all_of_it = peak_of(_EPOCH, enough, *4 * [part])
    print(f"training: {small:.0f} MB and {large:.0f} MB, all in memory {all_of_it:.0f} MB")
    assert large < 1.1 * small
    assert all_of_it > 1.4 * large
