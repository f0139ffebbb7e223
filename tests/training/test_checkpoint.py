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
from tagwerk.training.checkpoint import Checkpoint
from tagwerk.training.model import load_model
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
    """In place of whatever ends a process."""


@contextmanager
def stopped_after(batches, seconds):
    """Stop the training after this many batches, with this many seconds between checkpoints."""
    from tagwerk.training import train_step, trainer

    step, done = train_step.Steps.train_on_batch, []

    def train_on_batch(self, batch):
        if len(done) == batches:
            raise StoppedError
        done.append(batch)
        return step(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train_step.Steps, "train_on_batch", train_on_batch)
        patch.setattr(trainer, "_SAVE_INTERVAL", seconds)
        patch.setattr(trainer, "_SAVE_SHARE", np.inf)
        yield


@pytest.fixture(scope="module")
def splits(toy):
    return [split_of(load(toy, split, "boosted_trees")) for split in ("train", "validation")]


def dense(toy, epochs):
    return replace(task(toy, "boosted_trees", epochs), tagger=Tagger.model_validate(CARD))


@pytest.fixture(scope="module", params=["cosine", "plateau"])
def train(toy, splits, request):
    """A function that trains in a directory; returns best weights, last weights and history."""
    import keras

    from tagwerk.training import network

    card = changed(CARD, "training", {"schedule": request.param, "patience": 1})
    dense_task = replace(dense(toy, EPOCHS), tagger=Tagger.model_validate(card))

    def trained(directory, stops=(), seconds=60.0):
        checkpoint = Checkpoint(directory, dense_task, splits[0])
        for stop in [*stops, None]:
            keras.utils.set_random_seed(1)
            with stopped_after(stop, seconds):
                try:
                    model, history = network.train(dense_task, *splits, checkpoint)
                except StoppedError:
                    continue
        last = keras.models.load_model(checkpoint.last_model)
        return model.get_weights(), last.get_weights(), history.drop(columns="seconds")

    return trained


@pytest.fixture(scope="module")
def uninterrupted(train, tmp_path_factory):
    return train(tmp_path_factory.mktemp("uninterrupted"))


@pytest.mark.parametrize("stops", [(0,), (4,), (13, 2)], ids=str)
@pytest.mark.parametrize("seconds", [60.0, 0.0], ids=["saved after an epoch", "saved each batch"])
def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(train, tmp_path, uninterrupted, stops, seconds):
    resumed = train(tmp_path, stops, seconds)
    for weights, expected in zip(resumed[:2], uninterrupted[:2], strict=True):
        for weight, other in zip(weights, expected, strict=True):
            np.testing.assert_array_equal(weight, other, strict=True)
    pd.testing.assert_frame_equal(resumed[2], uninterrupted[2], check_exact=True)


@pytest.fixture
def stopped(toy, splits, tmp_path):
    """The checkpoint of a stopped training, and its task."""
    from tagwerk.training import network

    dense_task = dense(toy, 2)
    checkpoint = Checkpoint(tmp_path / "model.unfinished", dense_task, splits[0])
    with stopped_after(5, 60.0), pytest.raises(StoppedError):
        network.train(dense_task, *splits, checkpoint)
    return checkpoint, dense_task


def refused(toy, splits, stopped, other_task, jets=None):
    from tagwerk.training import network

    before, jets = stopped[0].file.read_bytes(), jets or splits[0]
    with pytest.raises(UserError) as error:
        network.train(other_task, jets, splits[1], Checkpoint(stopped[0].directory, other_task, jets))
    assert stopped[0].file.read_bytes() == before
    assert str(error.value).startswith(f"{stopped[0].file}: ")
    return str(error.value)


def test_a_checkpoint_of_another_architecture_is_refused(toy, splits, stopped):
    message = refused(toy, splits, stopped, task(toy, "lstm", 2), split_of(load(toy, "train")))
    assert "a training with another tagger card was stopped here" in message


def test_a_checkpoint_of_another_dataset_is_refused(toy, splits, stopped):
    fewer = split_of(load(toy, "train", "boosted_trees").take(np.arange(100)))
    assert "a training with another dataset was" in refused(toy, splits, stopped, stopped[1], fewer)


@pytest.mark.parametrize(("change", "name"), [({"seed": 9}, "seed"), ({"epochs": 3}, "number of epochs")])
def test_a_checkpoint_of_another_budget_or_seed_is_refused(toy, splits, stopped, change, name):
    assert f"another {name} was stopped here" in refused(toy, splits, stopped, replace(stopped[1], **change))


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_damaged_checkpoint_is_refused(toy, splits, stopped, share):
    content = stopped[0].file.read_bytes()
    stopped[0].file.write_bytes(content[: int(share * len(content))])
    assert "is damaged; delete it to start over" in refused(toy, splits, stopped, stopped[1])


@pytest.fixture(scope="module")
def trained(toy, tmp_path_factory):
    """A function that returns the command of a training in a folder, where its first use trained undisturbed."""
    folder = tmp_path_factory.mktemp("trained")
    card = write_card(folder / "dense.yaml", changed(CARD, "training.patience", 100))

    def command(out):
        return ["train", card, toy.card, toy.summary, "--out", out, *toy.parts, "--epochs", _EPOCHS, "--seed", 3]

    assert run(*command(folder / "uninterrupted")) == 0
    return command, folder / "uninterrupted"


_EPOCHS = 40


@pytest.mark.slow
def test_a_training_resumes_after_its_process_was_stopped_in_each_way(trained, tmp_path):
    command, uninterrupted = trained
    out, checkpoint, temporary = tmp_path / "out", tmp_path / "out.unfinished/checkpoint.npz", tmp_path / "temporary"
    temporary.mkdir()
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(
            [sys.executable, "-m", "tagwerk", *map(str, command(out))],
            env=os.environ | {"TMPDIR": str(temporary)},
            stderr=subprocess.PIPE,
            text=True,
        )
        mark = time.time()
        while not (checkpoint.exists() and checkpoint.stat().st_mtime > mark):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.005)
        sent = time.time()
        process.send_signal(number)
        error = process.communicate()[1]
        assert not out.exists()
        if number == signal.SIGKILL:
            continue
        assert process.returncode == 128 + number
        assert time.time() - sent < 20  # s, also on a busy machine
        assert checkpoint.stat().st_mtime >= sent
        note = f"all work is saved in {checkpoint.parent}, the same command resumes it"
        assert error.splitlines()[-1] == f"tagwerk: stopped by {number.name}; {note}"
        assert "Traceback" not in error
        assert sorted(path.name for path in checkpoint.parent.iterdir()) == ["checkpoint.npz", "tensorboard"]
        assert not [path for path in temporary.rglob("*") if path.is_file()]
    last = subprocess.run(
        [sys.executable, "-m", "tagwerk", *map(str, command(out))], env=os.environ | {"TMPDIR": str(temporary)}
    )
    assert last.returncode == 0
    assert not checkpoint.parent.exists()
    assert not [path for path in temporary.rglob("*") if path.is_file()]
    assert_same_training(uninterrupted, out)
    assert sorted(path.name for path in out.iterdir()) == [
        "dataset.yaml",
        "history.csv",
        "last.keras",
        "model.keras",
        "provenance.json",
        "tensorboard",
        "training.json",
    ]


def assert_same_training(*outs):
    """Compare what two trainings wrote, but for the seconds that they took."""
    histories = [pd.read_csv(out / "history.csv").drop(columns="seconds") for out in outs]
    pd.testing.assert_frame_equal(*histories, check_exact=True)
    assert len(histories[0]) == _EPOCHS
    models = [load_model(out).model for out in outs]
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def flips(path, count):
    """Flip random bits of a file, one at a time, and yield each; the file is restored at the end."""
    content = path.read_bytes()
    for bit in np.random.default_rng(5).choice(8 * len(content), count, replace=False):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << int(bit % 8)
        path.write_bytes(changed)
        yield int(bit)
    path.write_bytes(content)


def test_every_flipped_bit_of_a_checkpoint_is_noticed(stopped):
    for bit in flips(stopped[0].file, 150):
        with pytest.raises(UserError, match="is damaged; delete it to start over"):
            stopped[0]._read()
        assert bit >= 0
    assert stopped[0].move_unusable_aside() is None


def test_a_checkpoint_with_damaged_zip_headers_is_refused_even_without_a_checksum(stopped):
    checkpoint = stopped[0].file
    intact = checkpoint.read_bytes().rpartition(b'"sha256"')[0]
    for signature in (b"PK\x03\x04", b"PK\x01\x02"):
        for offset in range(4, 30):
            content = bytearray(intact)
            position = content.index(signature) + offset
            content[position : position + 2] = b"\xff\xff"
            checkpoint.write_bytes(content)
            with suppress(UserError):  # none for bytes that the zip reader ignores
                assert stopped[0]._read()


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_damaged_checkpoint_is_moved_aside_and_the_training_starts_over(stopped, share):
    content = stopped[0].file.read_bytes()
    damaged = content[: int(share * len(content))]
    stopped[0].file.write_bytes(damaged)
    aside = stopped[0].directory.with_name("model.unfinished.1")
    message = (
        f"{stopped[0].file}: is damaged; its files are now in {aside}, and this training starts from the beginning"
    )
    assert stopped[0].move_unusable_aside() == message
    assert (aside / "checkpoint.npz").read_bytes() == damaged
    assert not stopped[0].exists()


def test_directories_moved_aside_are_numbered(toy, splits, stopped):
    for number in (1, 2):
        other = Checkpoint(stopped[0].directory, replace(stopped[1], seed=9 + number), splits[0])
        content = stopped[0].file.read_bytes()
        aside = stopped[0].directory.with_name(f"model.unfinished.{number}")
        assert f"its files are now in {aside}, " in str(other.move_unusable_aside())
        assert (aside / "checkpoint.npz").read_bytes() == content
        assert not other.exists()
        stopped[0].file.write_bytes(content)


def test_a_second_training_in_one_directory_is_refused_and_nothing_is_lost(stopped):
    before = stopped[0].file.read_bytes()
    process = rf"process {os.getpid()} on .* has been training here since 20\d\d-.*"
    message = rf"model.unfinished: {process}; wait until it ends, or stop it"
    with stopped[0].locked(), pytest.raises(UserError, match=message), stopped[0].locked():
        pass
    with stopped[0].locked():
        assert stopped[0].file.read_bytes() == before
    assert sorted(path.name for path in stopped[0].directory.iterdir()) == ["checkpoint.npz", "tensorboard"]


def test_a_training_without_a_checkpoint_leaves_no_directory(toy, splits, tmp_path):
    with Checkpoint(tmp_path / "x.unfinished", dense(toy, 1), splits[0]).locked():
        assert (tmp_path / "x.unfinished").is_dir()
    assert list(tmp_path.iterdir()) == []
