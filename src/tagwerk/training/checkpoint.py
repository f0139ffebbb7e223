"""Checkpoints, from which a training resumes after being stopped at any moment."""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tagwerk import checksums
from tagwerk.errors import UserError
from tagwerk.files import atomic_write, move_aside
from tagwerk.locks import locked
from tagwerk.provenance.versions import versions
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Arrays, TrainingState
from tagwerk.training.task import Task

if TYPE_CHECKING:
    import keras


_MADE_WITH = "made_with"


class Checkpoint:
    """The directory of a training in progress.

    Attributes:
        directory: need not exist.
        file: the checkpoint in it.
        events: the directory in it for TensorBoard.
        last_model: the model after the last epoch.
    """

    def __init__(self, directory: Path, task: Task, jets: SplitJets) -> None:
        """Set the directory for this task on these jets."""
        self.directory, self.file = directory, directory / "checkpoint.npz"
        self.events, self.last_model = directory / "tensorboard", directory / "last.keras"
        self._lock = directory / "lock.json"
        self._made_with = training_identity(task, jets)

    def exists(self) -> bool:
        """Return whether there is a checkpoint to resume from."""
        return self.file.exists()

    def save(self, state: TrainingState, model: "keras.Model", optimizer: "keras.optimizers.Optimizer") -> None:
        """Write all state needed to resume; the file appears complete or not at all."""
        about = {_MADE_WITH: self._made_with} | {
            name: value for name, value in vars(state).items() if name not in ("sums", "best")
        }
        groups = {
            "model": [np.asarray(variable) for variable in model.variables],
            "optimizer": [np.asarray(variable) for variable in optimizer.variables],
            "best": state.best,
        }
        arrays: dict[str, Any] = {
            f"{name} {index}": array for name, group in groups.items() for index, array in enumerate(group)
        }
        with atomic_write(self.file) as draft:
            np.savez(draft, about=np.array(json.dumps(about)), sums=state.sums, **arrays)
            checksums.add_checksum(draft)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from training in this directory.

        Raises:
            UserError: another process trains here.
        """
        try:
            with locked(self._lock, "has been training here"):
                yield
        finally:
            with suppress(OSError):  # it still holds a checkpoint, or is already gone
                self.directory.rmdir()

    def load(self, model: "keras.Model", optimizer: "keras.optimizers.Optimizer") -> TrainingState:
        """Return the state of the training, and restore all variables.

        Raises:
            UserError: the checkpoint is damaged, or of another training.
        """
        arrays, about = self._read()
        mismatch = self._first_mismatch(about.pop(_MADE_WITH))
        if mismatch:
            raise UserError(
                f"{self.file}: a training with another {mismatch} was stopped here; "
                "finish that one, or delete the file to start over"
            )
        _assign(model.variables, _group(arrays, "model"))
        _assign(optimizer.variables, _group(arrays, "optimizer"))
        return TrainingState(_group(arrays, "best"), sums=arrays["sums"], **about)

    def move_unusable_aside(self) -> str | None:
        """Move a damaged checkpoint or that of another training aside; return a message to the user about it."""
        problem = self._problem() if self.exists() else None
        if problem is None:
            return None
        aside = move_aside(self.directory, *(path for path in self.directory.iterdir() if path != self._lock))
        return f"{problem}; its files are now in {aside}, and this training starts from the beginning"

    def _problem(self) -> str | None:
        """Return why the checkpoint cannot be resumed from."""
        try:
            mismatch = self._first_mismatch(self._read()[1][_MADE_WITH])
        except UserError:
            return f"{self.file}: is damaged"
        return mismatch and f"{self.directory}: a training with another {mismatch} was stopped here"

    def _first_mismatch(self, made_with: dict[str, str]) -> str | None:
        """Return the name of the first item in which another training differs."""
        return next((name for name, value in self._made_with.items() if made_with.get(name) != value), None)

    def _read(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Return the arrays and the metadata of the checkpoint."""
        try:
            if checksums.checksum_matches(self.file) is False:
                raise ValueError("the checksum differs")
            with self.file.open("rb") as handle, np.load(handle) as file:
                arrays = dict(file)
            about = json.loads(str(arrays.pop("about")))
            return arrays, about | {_MADE_WITH: dict(about[_MADE_WITH])}
        except Exception:  # whatever zip, NumPy and JSON raise for a damaged file
            raise UserError(f"{self.file}: is damaged; delete it to start over") from None

    def copy_outputs(self, directory: Path) -> None:
        """Copy the TensorBoard events and the last epoch's model to another directory."""
        if self.last_model.exists():
            shutil.copytree(self.events, directory / self.events.name)
            shutil.copy(self.last_model, directory)

    def remove(self) -> None:
        """Delete the directory, once the trained model is saved."""
        shutil.rmtree(self.directory, ignore_errors=True)


@contextmanager
def resumable(out: Path | None, task: Task, jets: SplitJets) -> Iterator[Checkpoint]:
    """Yield the checkpoint of a training with this output, which is removed once that has ended.

    That of another training is moved aside, with a notice.

    Raises:
        UserError: another process trains into the same directory, or the checkpoint is damaged.
    """
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "model" if out is None else out
        checkpoint = Checkpoint(target.with_name(f"{target.name}.unfinished"), task, jets)
        with checkpoint.locked():
            notice = checkpoint.move_unusable_aside()
            if notice is not None:
                print(f"tagwerk: {notice}", file=sys.stderr, flush=True)
            yield checkpoint
            checkpoint.remove()


def training_identity(task: Task, jets: SplitJets) -> dict[str, str]:
    """Return all that a training depends on, by the names used in messages."""
    dataset = [task.summary.model_dump_json(), str(task.schema), str(jets.counts.tolist()), str(jets.lengths.tolist())]
    return {
        "tagger card": task.tagger.model_dump_json(),
        "dataset": hashlib.sha256("\n".join(dataset).encode()).hexdigest(),
        "number of epochs": str(task.epochs),
        "seed": str(task.seed),
        "version of a package": json.dumps(versions()),
    }


def _group(arrays: dict[str, npt.NDArray[Any]], group: str) -> Arrays:
    count = sum(name.startswith(f"{group} ") for name in arrays)
    return [arrays[f"{group} {index}"] for index in range(count)]


def _assign(variables: Any, values: Arrays) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
