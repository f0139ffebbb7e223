"""The memory of a stage depends on the chunk size, not on the file size."""

import subprocess
import sys

import pytest
import uproot

from tagwerk.checksums import add_checksum
from tests.conftest import DATASET, toy_branches, write_card, write_root

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

_CHUNK, _CHUNKS = 10_000, 5
# Not getrusage, which starts from the memory of the parent process.
_PRINT_PEAK = """
import re
from pathlib import Path
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
_MEASURE = (
    """
import sys
from tagwerk.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
"""
    + _PRINT_PEAK
)

# Three epochs of batches without TensorFlow, whose gigabyte would hide the effect.
_EPOCHS = (
    """
import hashlib, sys
from pathlib import Path
import numpy as np
from tagwerk.layers.schema import Schema
from tagwerk.training.batches import training_batches
from tagwerk.training.memory import MemoryLimit
from tagwerk.training.split_jets import read_split
from tagwerk.training.weights import JetWeights
window, megabytes, *parts = sys.argv[1:]
schema = Schema(["narrow", "wide"], ["pt", "mass"], {"constituents": ["pt", "eta", "phi", "energy"]})
limit = MemoryLimit(int(megabytes))
split = read_split(list(map(Path, parts)), ["train"], schema, JetWeights(np.ones(2)), int(window), limit=limit)
digest = hashlib.sha256()
for epoch in range(3):
    jets = 0
    for batch in training_batches(split, 1000, np.random.default_rng(epoch)):
        digest.update(batch.inputs()["constituents"].tobytes())
        jets += len(batch)
        del batch
    assert jets == len(split)
print(digest.hexdigest())
"""
    + _PRINT_PEAK
)


def write_jets(path, chunks):
    write_root(path, toy_branches(0, _CHUNK))
    with uproot.update(path) as file:
        for index in range(1, chunks):
            branches = toy_branches(index * _CHUNK, _CHUNK)
            file["jets"].extend(branches)
    return path


def command_peak(*arguments):
    """Return the peak memory of a command in MB."""
    return program_peak(_MEASURE, *arguments)[1]


def program_peak(program, *arguments):
    """Return the last two lines that a program prints, of which the second is its peak memory, in MB."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    *_, before, peak = ["", *run.stdout.splitlines()]
    return before, int(peak) * 1024 / 1e6


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


_WINDOW, _EVERYTHING = 1_000_000, 100_000  # values and MB


def test_four_times_the_jets_take_no_more_memory_in_training_if_they_exceed_the_limit(peaks, root):
    part, too_little = root / "large", 1
    (_, small), (_, large) = (program_peak(_EPOCHS, _WINDOW, too_little, *count * [part]) for count in (1, 4))
    print(f"training: {small:.0f} MB and {large:.0f} MB")
    assert large < 1.1 * small


def test_training_takes_as_much_memory_as_it_may_and_draws_the_same_batches(peaks, root):
    parts = 6 * [root / "large"]
    batches, least = program_peak(_EPOCHS, _WINDOW, 1, *parts)
    same, everything = program_peak(_EPOCHS, _WINDOW, _EVERYTHING, *parts)
    assert same == batches
    assert everything > 1.4 * least
    limit = (least + everything) / 2
    same, peak = program_peak(_EPOCHS, _WINDOW, round(limit), *parts)
    print(f"training: from {least:.0f} to {everything:.0f} MB; with a limit of {limit:.0f}: {peak:.0f}")
    assert same == batches
    assert 0.8 * limit < peak < limit


def test_four_times_the_bytes_of_a_file_take_no_more_memory_to_verify(tmp_path):
    program = (
        "import sys; from pathlib import Path; from tagwerk.checksums import checksum_matches;"
        "assert checksum_matches(Path(sys.argv[1]));" + _PRINT_PEAK
    )
    peaks = []
    for megabytes in (50, 200):
        path = tmp_path / f"{megabytes}.npz"
        path.write_bytes(megabytes * 1_000_000 * b"0")
        add_checksum(path)
        peaks.append(program_peak(program, path)[1])
    assert peaks[1] < 1.1 * peaks[0]
