"""A training on its way: what it needs to go on after it was stopped at any moment, and what shows how far it is."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from tagwerk.errors import UserError
from tagwerk.files import whole
from tagwerk.provenance import versions
from tagwerk.training.progress import Arrays, Progress
from tagwerk.training.split import Split
from tagwerk.training.task import Task

if TYPE_CHECKING:
    import keras


class Unfinished:
    """The directory of a training on its way.

    Attributes:
        path: the directory, which need not be there.
        checkpoint: the file in it to go on from.
        events: the directory in it that TensorBoard shows.
        last: the model after the last epoch.
    """

    def __init__(self, path: Path, task: Task, jets: Split) -> None:
        """Name the directory of this task on these jets."""
        self.path, self.checkpoint = path, path / "checkpoint.npz"
        self.events, self.last = path / "tensorboard", path / "last.keras"
        self._made_with = identity(task, jets)

    def exists(self) -> bool:
        """Return whether there is something to go on from."""
        return self.checkpoint.exists()

    def save(self, progress: Progress, model: "keras.Model", optimizer: "keras.optimizers.Optimizer") -> None:
        """Write all that the training depends on; its file appears whole or not at all."""
        about = {"made_with": self._made_with} | {
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
        with whole(self.checkpoint) as draft:
            np.savez(draft, about=np.array(json.dumps(about)), sums=progress.sums, **arrays)

    def load(self, model: "keras.Model", optimizer: "keras.optimizers.Optimizer") -> Progress:
        """Return how far the training was, with all variables set to what they were; errors are those of `check`."""
        arrays, about = self._read()
        _assign(model.variables, _group(arrays, "model"))
        _assign(optimizer.variables, _group(arrays, "optimizer"))
        return Progress(_group(arrays, "best"), sums=arrays["sums"], **about)

    def check(self) -> None:
        """Look at what there is to go on from, if anything.

        Raises:
            UserError: the checkpoint is damaged, or of another training.
        """
        if self.exists():
            self._read()

    def _read(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Return the arrays of the checkpoint, and all else in it."""
        try:
            with self.checkpoint.open("rb") as handle, np.load(handle) as file:
                arrays = dict(file)
            about = json.loads(str(arrays.pop("about")))
            made_with = about.pop("made_with")
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            raise UserError(f"{self.checkpoint}: is damaged; delete it to begin anew") from None
        for name, value in self._made_with.items():
            if made_with.get(name) != value:
                raise UserError(
                    f"{self.checkpoint}: a training with another {name} was stopped here; "
                    "finish that one, or delete the file to begin anew"
                )
        return arrays, about

    def hand_over(self, directory: Path) -> None:
        """Copy what is of use after the training to another directory."""
        if self.last.exists():
            shutil.copytree(self.events, directory / self.events.name)
            shutil.copy(self.last, directory)

    def remove(self) -> None:
        """Delete the directory, once the model is where it belongs."""
        shutil.rmtree(self.path, ignore_errors=True)


def identity(task: Task, jets: Split) -> dict[str, str]:
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
