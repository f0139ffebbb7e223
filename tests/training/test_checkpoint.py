"""A training that is stopped at any moment ends as if it had not been."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tagwerk.cards.tagger import Tagger
from tagwerk.errors import UserError
from tagwerk.training.checkpoint import Unfinished
from tagwerk.training.model import load_model, load_record
from tests.conftest import TAGGERS, changed, run, write_card
from tests.training.conftest import load, split_of, task

pytestmark = pytest.mark.usefixtures("tensorflow")

EPOCHS = 6
CARD = TAGGERS["lstm"] | {
    "architecture": "dense",
    "inputs": {"scalars": ["mass", "width"]},
    "hyperparameters": {"dense": [8, 4], "dropout": 0.4},
}


class StoppedError(Exception):
    """Stands for whatever ends a process."""


@contextmanager
def stopped_after(batches, seconds):
    """Stop before another batch than so many; checkpoints are so many seconds apart."""
    from tagwerk.training import fit, train_step

    step, done = train_step.Steps.train, []

    def train(self, batch):
        if len(done) == batches:
            raise StoppedError
        done.append(batch)
        return step(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_step.Steps, "train", train)
        patch.setattr(fit, "_SAVING", seconds)
        yield


@pytest.fixture(scope="module")
def splits(toy):
    return [split_of(load(toy, split, "boosted_trees")) for split in ("train", "validation")]


def dense(toy, epochs):
    return replace(task(toy, "boosted_trees", epochs), tagger=Tagger.model_validate(CARD))


@pytest.fixture(scope="module")
def train(toy, splits):
    """A function that trains in a directory; returns best weights, last weights and history."""
    import keras

    from tagwerk.training import network

    work = dense(toy, EPOCHS)

    def trained(directory, stops=(), seconds=60.0):
        unfinished = Unfinished(directory, work, splits[0])
        for stop in [*stops, None]:
            keras.utils.set_random_seed(1)
            with stopped_after(stop, seconds):
                try:
                    model, history = network.train(work, *splits, unfinished)
                except StoppedError:
                    continue
        last = keras.models.load_model(unfinished.last)
        return model.get_weights(), last.get_weights(), history.drop(columns="seconds")

    return trained


@pytest.fixture(scope="module")
def whole(train, tmp_path_factory):
    return train(tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("stops", [(0,), (1,), (4,), (9,), (13, 2)], ids=str)
@pytest.mark.parametrize("seconds", [60.0, 0.0], ids=["saved each epoch", "saved each batch"])
def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(train, tmp_path, whole, stops, seconds):
    found = train(tmp_path, stops, seconds)
    for some, others in zip(found[:2], whole[:2], strict=True):
        for one, other in zip(some, others, strict=True):
            np.testing.assert_array_equal(one, other, strict=True)
    pd.testing.assert_frame_equal(found[2], whole[2], check_exact=True)


@pytest.fixture
def stopped(toy, splits, tmp_path):
    """What was left of a training, and its task."""
    from tagwerk.training import network

    work = dense(toy, 2)
    unfinished = Unfinished(tmp_path / "model.unfinished", work, splits[0])
    with stopped_after(5, 60.0), pytest.raises(StoppedError):
        network.train(work, *splits, unfinished)
    return unfinished, work


def refused(toy, splits, stopped, work, jets=None):
    from tagwerk.training import network

    before = stopped[0].checkpoint.read_bytes()
    with pytest.raises(UserError) as mistake:
        network.train(work, jets or splits[0], splits[1], Unfinished(stopped[0].path, work, jets or splits[0]))
    assert stopped[0].checkpoint.read_bytes() == before
    assert str(mistake.value).startswith(f"{stopped[0].checkpoint}: ")
    return str(mistake.value)


def test_a_checkpoint_of_another_architecture_is_refused(toy, splits, stopped):
    said = refused(toy, splits, stopped, task(toy, "lstm", 2), split_of(load(toy, "train")))
    assert "a training with another tagger card was stopped here" in said


def test_a_checkpoint_of_another_dataset_is_refused(toy, splits, stopped):
    fewer = split_of(load(toy, "train", "boosted_trees").take(np.arange(100)))
    assert "a training with another dataset was" in refused(toy, splits, stopped, stopped[1], fewer)


@pytest.mark.parametrize(("change", "name"), [({"seed": 9}, "seed"), ({"epochs": 3}, "number of epochs")])
def test_a_checkpoint_of_another_budget_or_seed_is_refused(toy, splits, stopped, change, name):
    assert f"another {name} was stopped here" in refused(toy, splits, stopped, replace(stopped[1], **change))


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_damaged_checkpoint_is_refused(toy, splits, stopped, share):
    content = stopped[0].checkpoint.read_bytes()
    stopped[0].checkpoint.write_bytes(content[: int(share * len(content))])
    assert "is damaged; delete it to begin anew" in refused(toy, splits, stopped, stopped[1])


@pytest.mark.slow
def test_a_process_that_was_killed_is_taken_up_by_the_next(toy, tmp_path):
    card = write_card(tmp_path / "dense.yaml", changed(CARD, "training.patience", 100))
    epochs = 40

    def command(out):
        return ["train", card, toy.card, toy.summary, out, *toy.parts, "--epochs", epochs, "--seed", 3]

    assert run(*command(tmp_path / "whole")) == 0
    killed = tmp_path / "killed"
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "tagwerk", *map(str, command(killed))], stderr=subprocess.DEVNULL
        )
        mark = time.time()
        checkpoint = tmp_path / "killed.unfinished/checkpoint.npz"
        while not (checkpoint.exists() and checkpoint.stat().st_mtime > mark):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not killed.exists()
    assert run(*command(killed)) == 0
    assert not checkpoint.parent.exists()
    histories = [pd.read_csv(out / "history.csv").drop(columns="seconds") for out in (tmp_path / "whole", killed)]
    pd.testing.assert_frame_equal(*histories, check_exact=True)
    assert len(histories[0]) == epochs
    models = [load_model(out, load_record(out)) for out in (tmp_path / "whole", killed)]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
    assert sorted(path.name for path in killed.iterdir()) == [
        "history.csv",
        "last.keras",
        "model.keras",
        "tensorboard",
        "training.json",
    ]


def flips(path, number):
    """Yield after each of so many bits of a file was flipped; the file is then as before."""
    content = path.read_bytes()
    for bit in np.random.default_rng(5).choice(8 * len(content), number, replace=False):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << int(bit % 8)
        path.write_bytes(changed)
        yield int(bit)
    path.write_bytes(content)


def test_no_flipped_bit_of_a_checkpoint_goes_unseen(stopped):
    for bit in flips(stopped[0].checkpoint, 150):
        with pytest.raises(UserError, match="is damaged; delete it to begin anew"):
            stopped[0].put_other_aside()
        assert bit >= 0
    assert stopped[0].put_other_aside() is None


def test_a_checkpoint_with_damaged_zip_headers_is_refused_also_without_a_checksum(stopped):
    checkpoint = stopped[0].checkpoint
    whole = checkpoint.read_bytes().rpartition(b'"sha256"')[0]
    for signature in (b"PK\x03\x04", b"PK\x01\x02"):
        for offset in range(4, 30):
            content = bytearray(whole)
            place = content.index(signature) + offset
            content[place : place + 2] = b"\xff\xff"
            checkpoint.write_bytes(content)
            with suppress(UserError):  # of what the zip reader does not look at
                assert stopped[0].put_other_aside() is None


def test_what_is_put_aside_is_numbered(toy, splits, stopped):
    for number in (1, 2):
        other = Unfinished(stopped[0].path, replace(stopped[1], seed=9 + number), splits[0])
        content = stopped[0].checkpoint.read_bytes()
        place = stopped[0].path.with_name(f"model.unfinished.{number}")
        assert str(other.put_other_aside()).endswith(f"what is left of it is now in {place}")
        assert (place / "checkpoint.npz").read_bytes() == content
        assert not other.exists()
        stopped[0].checkpoint.write_bytes(content)


def test_two_trainings_in_one_directory_are_refused_by_name_and_nothing_is_lost(stopped):
    before = stopped[0].checkpoint.read_bytes()
    said = rf"model.unfinished: process {os.getpid()} on .* trains here since 20\d\d-.*; wait until it ends, or end it"
    with stopped[0].locked(), pytest.raises(UserError, match=said), stopped[0].locked():
        pass
    with stopped[0].locked():
        assert stopped[0].checkpoint.read_bytes() == before
    assert sorted(path.name for path in stopped[0].path.iterdir()) == ["checkpoint.npz", "tensorboard"]


def test_a_training_that_has_nothing_to_go_on_from_leaves_no_directory(toy, splits, tmp_path):
    with Unfinished(tmp_path / "x.unfinished", dense(toy, 1), splits[0]).locked():
        assert (tmp_path / "x.unfinished").is_dir()
    assert list(tmp_path.iterdir()) == []
