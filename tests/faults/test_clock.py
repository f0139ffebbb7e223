"""A clock that jumps by years, forwards and backwards, while stages run; and times of files that mislead."""

import os
import re
import time
from pathlib import Path

import pandas as pd
import pytest

from tagwerk.checksums import checksum_matches
from tests.faults.conftest import PARTS, RUNS, SCORES, damage, fault, fingerprint, marked, wait_for
from tests.faults.test_kill import BATCH, train_command

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
needs_faketime = pytest.mark.skipif(LIBRARY is None, reason="libfaketime, Debian's package faketime, is not installed")


def jumping(clock):
    """Return the environment of a process whose clock follows a file, such as `+3y`; its monotonic clock is true."""
    names = {"FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    return names | {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(clock)}


@needs_faketime
@pytest.mark.parametrize("jump", ["+3y", "-3y"])
def test_a_training_whose_clock_jumps_is_undisturbed_and_keeps_its_lock(finished_toy, undisturbed, tmp_path, jump):
    out, mark, clock = tmp_path / "model", tmp_path / "mark", tmp_path / "clock"
    clock.write_text("+0\n")
    command, faults = train_command(finished_toy, out), [fault("train", BATCH, "wait", mark, count=12)]
    process = finished_toy.tagwerk(*command, faults=faults, **jumping(clock))
    wait_for(lambda: marked(mark), process)
    clock.write_text(f"{jump}\n")
    year = finished_toy.start("date", "+%Y", **jumping(clock))
    assert year.wait() == 0
    assert abs(int(year.output) - time.localtime().tm_year) >= 2
    second = finished_toy.tagwerk(*command, **jumping(clock))
    assert second.wait() == 2
    (line,) = second.lines
    assert f"process {process.pid} on " in line
    mark.with_name("mark.go").touch()
    assert process.wait() == 0, process.output
    model = "studies/toy/lstm/seed1/model/"
    expected = {name.removeprefix(model): undisturbed[name] for name in undisturbed if name.startswith(model)}
    assert fingerprint(out) == expected
    assert not (tmp_path / "model.unfinished").exists()
    assert pd.read_csv(out / "history.csv").seconds.between(1e-3, 1e6).all()


def test_inputs_from_the_future_rerun_nothing_while_their_content_is_the_same(finished):
    future = time.time() + 365 * 24 * 3600
    for file in finished.path.glob("*.root"):
        os.utime(file, (future, future))
    assert finished.due() == set()


def test_jets_from_the_future_stop_the_run_with_the_cause(untrained):
    """Snakemake compares the times of a job's inputs and outputs."""
    future = time.time() + 365 * 24 * 3600
    shard = untrained.path / PARTS / "toy_0/train.parquet"
    os.utime(shard, (future, future))
    process = untrained.workflow(f"{RUNS}/boosted_trees/seed1/model/training.json")
    assert process.wait() == 1
    assert re.search(rf"older modification time .* input {PARTS}/toy_0/train.parquet", process.output)
    os.utime(shard)
    untrained.finish(SCORES[0])


def test_damage_is_noticed_even_if_the_time_of_the_file_is_kept(finished):
    file = finished.path / PARTS / "toy_0/train.parquet"
    past = time.time() - 3600
    os.utime(file, (past, past))
    assert checksum_matches(file)
    damage(file, "flipped")
    os.utime(file, (past, past))
    assert checksum_matches(file) is False
