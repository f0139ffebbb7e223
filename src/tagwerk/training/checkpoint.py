"""A training on its way: what it needs to go on after it was stopped at any moment, and what shows how far it is."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tagwerk import checksums
from tagwerk.errors import UserError
from tagwerk.files import aside, atomic_write
from tagwerk.locks import locked
from tagwerk.provenance import versions
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.state import Arrays, Progress
from tagwerk.training.task import Task

if TYPE_CHECKING:
    import keras


_MADE_WITH = "made_with"


class Unfinished:
    """The directory of a training on its way.

    Attributes:
        path: the directory, which need not be there.
        checkpoint: the file in it to go on from.
        events: the directory in it that TensorBoard shows.
        last: the model after the last epoch.
    """

    def __init__(self, path: Path, task: Task, jets: SplitJets) -> None:
        """Name the directory of this task on these jets."""
        self.path, self.checkpoint = path, path / "checkpoint.npz"
        self.events, self.last = path / "tensorboard", path / "last.keras"
        self._lock = path / "lock.json"
        self._made_with = identity(task, jets)

    def exists(self) -> bool:
        """Return whether there is something to go on from."""
        return self.checkpoint.exists()

    def save(self, progress: Progress, model: "keras.Model", optimizer: "keras.optimizers.Optimizer") -> None:
        """Write all that the training depends on; its file appears atomic_write or not at all."""
        about = {_MADE_WITH: self._made_with} | {
            name: value for name, value in vars(progress).items() if name not in ("sums", "best")
        }
        groups = {
            "model": [np.asarray(each) for each in model.variables],
            "optimizer": [np.asarray(each) for each in optimizer.variables],
            "best": progress.best,
        }
        arrays: dict[str, Any] = {
            f"{group} {index}": array for group, each in groups.items() for index, array in enumerate(each)
        }
        with atomic_write(self.checkpoint) as draft:
            np.savez(draft, about=np.array(json.dumps(about)), sums=progress.sums, **arrays)
            checksums.add(draft)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no other process train here.

        Raises:
            UserError: one does.
        """
        try:
            with locked(self._lock, "trains here"):
                yield
        finally:
            with suppress(OSError):  # there is something in it to go on from, or nothing left at all
                self.path.rmdir()

    def load(self, model: "keras.Model", optimizer: "keras.optimizers.Optimizer") -> Progress:
        """Return how far the training was, with all variables set to what they were.

        Raises:
            UserError: the checkpoint is damaged, or of another training.
        """
        arrays, about = self._read()
        other = self._differs(about.pop(_MADE_WITH))
        if other:
            raise UserError(
                f"{self.checkpoint}: a training with another {other} was stopped here; "
                "finish that one, or delete the file to begin anew"
            )
        _assign(model.variables, _group(arrays, "model"))
        _assign(optimizer.variables, _group(arrays, "optimizer"))
        return Progress(_group(arrays, "best"), sums=arrays["sums"], **about)

    def put_other_aside(self) -> str | None:
        """Put what is left of another training aside, if there is any; return what to tell the user of it.

        Raises:
            UserError: the checkpoint is damaged.
        """
        other = self._differs(self._read()[1][_MADE_WITH]) if self.exists() else None
        if other is None:
            return None
        place = aside(self.path, *(each for each in self.path.iterdir() if each != self._lock))
        return f"{self.path}: a training with another {other} was stopped here; what is left of it is now in {place}"

    def _differs(self, made_with: dict[str, str]) -> str | None:
        """Return the name of the first thing in which a training is another one."""
        return next((name for name, value in self._made_with.items() if made_with.get(name) != value), None)

    def _read(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Return the arrays of the checkpoint, and all else in it."""
        try:
            if checksums.is_intact(self.checkpoint) is False:
                raise ValueError("another checksum")
            with self.checkpoint.open("rb") as handle, np.load(handle) as file:
                arrays = dict(file)
            about = json.loads(str(arrays.pop("about")))
            return arrays, about | {_MADE_WITH: dict(about[_MADE_WITH])}
        except Exception:  # whatever zip, NumPy and JSON meet in a damaged file
            raise UserError(f"{self.checkpoint}: is damaged; delete it to begin anew") from None

    def hand_over(self, directory: Path) -> None:
        """Copy what is of use after the training to another directory."""
        if self.last.exists():
            shutil.copytree(self.events, directory / self.events.name)
            shutil.copy(self.last, directory)

    def remove(self) -> None:
        """Delete the directory, once the model is where it belongs."""
        shutil.rmtree(self.path, ignore_errors=True)


def identity(task: Task, jets: SplitJets) -> dict[str, str]:
    """Return what a training depends on, by the names that a message gives them."""
    dataset = [task.summary.model_dump_json(), str(task.schema), str(jets.counts.tolist()), str(jets.lengths.tolist())]
    return {
        "tagger card": task.tagger.model_dump_json(),
        "dataset": hashlib.sha256("\n".join(dataset).encode()).hexdigest(),
        "number of epochs": str(task.epochs),
        "seed": str(task.seed),
        "version of a package": json.dumps(versions()),
    }


def _group(arrays: dict[str, npt.NDArray[Any]], group: str) -> Arrays:
    number = sum(name.startswith(f"{group} ") for name in arrays)
    return [arrays[f"{group} {index}"] for index in range(number)]


def _assign(variables: Any, values: Arrays) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
