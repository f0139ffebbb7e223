"""The memory of a stage depends on the chunk size, not on the file size."""

import subprocess
import sys

import pytest
import uproot

from tests.conftest import DATASET, toy_branches, write_card, write_root

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

_CHUNK, _CHUNKS = 10_000, 5
# Not getrusage, which starts from the memory of the parent process.
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

# One epoch of batches without TensorFlow, whose gigabyte would hide the effect.
_EPOCH = """
import re, sys
from pathlib import Path
import numpy as np
from tagwerk.layers.schema import Schema
from tagwerk.training.batches import training_batches
from tagwerk.training.split_jets import read_split
from tagwerk.training.weights import JetWeights
memory, *parts = sys.argv[1:]
schema = Schema(["narrow", "wide"], ["pt", "mass"], {"constituents": ["pt", "eta", "phi", "energy"]})
split = read_split(list(map(Path, parts)), ["train"], schema, JetWeights(np.ones(2)), float(memory))
jets = sum(len(batch.inputs()["jet"]) for batch in training_batches(split, 1000, np.random.default_rng(1)))
assert jets == len(split)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def write_jets(path, chunks):
    write_root(path, toy_branches(0, _CHUNK))
    with uproot.update(path) as file:
        for index in range(1, chunks):
            branches = toy_branches(index * _CHUNK, _CHUNK)
            file["jets"].extend(branches)
    return path


def command_peak(*arguments):
    """Return the peak memory of a command in MB."""
    return program_peak(_MEASURE, *arguments)


def program_peak(program, *arguments):
    """Return the peak memory in MB that a program prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(run.stdout.splitlines()[-1]) / 1000


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("memory")


@pytest.fixture(scope="module")
def peaks(root):
    """The peak memory of ingest and summarise, on a file and on one four times as large."""
    card = write_card(root / "toy.yaml", DATASET)
    peaks = {"ingest": [], "summarise": []}
    for name, chunks in (("small", _CHUNKS), ("large", 4 * _CHUNKS)):
        file, part = write_jets(root / f"{name}.root", chunks), root / name
        peaks["ingest"].append(command_peak("ingest", card, file, "--out", part))
        peaks["summarise"].append(command_peak("summarise", card, "--out", root / f"{name}.json", part))
    return peaks


@pytest.mark.parametrize("stage", ["ingest", "summarise"])
def test_four_times_the_jets_take_no_more_memory(peaks, stage):
    small, large = peaks[stage]
    print(f"{stage}: {small:.0f} MB and {large:.0f} MB")
    assert large < 1.1 * small


def test_no_stage_takes_more_than_one_and_a_half_gigabytes(peaks):
    assert max(peaks["ingest"] + peaks["summarise"]) < 1500


def test_four_times_the_jets_take_no_more_memory_in_training_if_they_exceed_the_limit(peaks, root):
    part, megabyte, unlimited = root / "large", 1e6, 1e12
    small, large = program_peak(_EPOCH, megabyte, part), program_peak(_EPOCH, megabyte, *4 * [part])
    everything = program_peak(_EPOCH, unlimited, *4 * [part])
    print(f"training: {small:.0f} MB and {large:.0f} MB, all in memory {everything:.0f} MB")
    assert large < 1.1 * small
    assert everything > 1.4 * large
