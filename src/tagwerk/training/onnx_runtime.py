"""Models in ONNX files: nothing is trained; checked on jets, scored with ONNX Runtime, kept as they are."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pandas as pd

from tagwerk.arrays import Bools, Floats32, Ints
from tagwerk.cards.describe_model import describe_model
from tagwerk.cards.feeds import Description
from tagwerk.checksums import check_listed_file
from tagwerk.errors import UserError, error_context
from tagwerk.layers.schema import Schema
from tagwerk.progress import progress
from tagwerk.training.batches import scoring_batches
from tagwerk.training.loading import Jets
from tagwerk.training.onnx_inputs import beyond_range, model_inputs
from tagwerk.training.onnx_outputs import probabilities_of
from tagwerk.training.split_jets import SplitJets
from tagwerk.training.task import Task

FILE = "model.onnx"
_DESCRIPTION = "description.json"
_BATCH = 64  # jets; the pair features of a transformer take 4 MB per jet of 128 constituents
_CHECKED = 10_000  # jets of each split on which the loss is measured
_MOST = 0.5  # of a column's values
_BASE_MEMORY = 3e8  # bytes, as measured
_threads = 1


@dataclass(frozen=True)
class ExternalTagger:
    """A model in an ONNX file.

    Attributes:
        content: of the file.
        description: of its inputs and outputs.
        session: of ONNX Runtime.
    """

    content: bytes
    description: Description
    session: Any

    @classmethod
    def of(cls, content: bytes, description: Description) -> "ExternalTagger":
        """Return the model with a session on as many threads as `prepare` was given.

        Raises:
            UserError: ONNX Runtime cannot run it.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = _threads, 1
        options.log_severity_level = 4  # errors are raised
        try:
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime has a class for each kind, without a common base
            raise UserError(f"{description.file}: {_refusal(error)}; export it again") from None
        return cls(content, description, session)


def prepare(seed: int, threads: int) -> None:
    """Set the number of threads of models that are read from now on; there is no randomness."""
    global _threads
    _threads = threads


def train(
    task: Task, jets: SplitJets, validation: SplitJets, checkpoint: object = None
) -> tuple[ExternalTagger, pd.DataFrame]:
    """Return the model as it is, and a history of one row: its loss on training and validation jets.

    Raises:
        UserError: the file cannot be used, or what it is fed is out of the range that it was trained with.
    """
    assert task.tagger.model is not None, "checked with the card"
    description = describe_model(task.tagger.model)
    tagger = ExternalTagger.of(Path(description.file).read_bytes(), description)
    random = np.random.default_rng(task.seed)
    samples = [_sample(split, random) for split in (jets, validation)]
    _check_ranges(description, samples[1])
    loss, val_loss = (_loss(scores(tagger, sample), sample) for sample in samples)
    _warn_about(description, val_loss, len(task.schema.classes))
    return tagger, pd.DataFrame({"epoch": [0], "loss": [loss], "val_loss": [val_loss], "seconds": [0.0]})


def most_epochs(task: Task) -> None:
    """Return None: there are no epochs."""


def least_memory(jets: SplitJets, validation: SplitJets) -> float:
    """Return the bytes that the check of a small network takes at least."""
    return _BASE_MEMORY + jets.in_memory + validation.in_memory


def scores(model: ExternalTagger, jets: Jets) -> Floats32:
    """Return the class probabilities of each jet, (N, classes).

    Raises:
        UserError: some are NaN, or no probabilities, or ONNX Runtime fails.
    """
    classes = jets.schema.classes
    probabilities = np.empty((len(jets), len(classes)), np.float32)
    seen = _seen(model.description, jets)
    for index, name in enumerate(classes):
        probabilities[~seen, index] = model.description.empty_jets.get(name, 0.0)
    rows = np.flatnonzero(seen)
    with error_context(Path(model.description.file)), progress("score", len(jets), "jets") as bar:
        bar.update(len(jets) - len(rows))
        for batch, outputs in _outputs(model, jets.take(rows)):
            found = probabilities_of(model.description, outputs, classes)
            _check_defined(found, _are_empty(model.description, jets.take(rows[batch])))
            probabilities[rows[batch]] = found
            bar.update(len(batch))
    return probabilities


def count_parameters(model: ExternalTagger) -> int:
    """Return the number of weights."""
    return model.description.parameters


def save(model: ExternalTagger, directory: Path) -> None:
    """Write the file as it is, and next to it the description of its inputs and outputs."""
    (directory / FILE).write_bytes(model.content)
    (directory / _DESCRIPTION).write_text(model.description.model_dump_json(indent=1), encoding="utf-8")


def load(directory: Path) -> ExternalTagger:
    """Return the model that `save` wrote."""
    check_listed_file(directory / _DESCRIPTION, directory / "training.json", "tagwerk train")
    description = Description.model_validate_json((directory / _DESCRIPTION).read_text(encoding="utf-8"))
    return ExternalTagger.of((directory / FILE).read_bytes(), description)


def check(model: ExternalTagger, schema: Schema) -> None:
    """Raise ValueError unless the model is for jets of these columns and classes."""
    known = {*schema.sequences, "jet"}
    named = {name for name in model.description.classes if name is not None}
    if not {feed.group for feed in model.description.feeds} <= known or not named <= {*schema.classes}:
        raise ValueError("it has other inputs or classes")


def _sample(split: SplitJets, random: np.random.Generator) -> Jets:
    """Return some jets of a split."""
    first = next(split.pools(random))
    return first.take(random.permutation(len(first))[:_CHECKED])


def _loss(probabilities: Floats32, jets: Jets) -> float:
    """Return the mean cross entropy of weighted jets; a probability of zero counts as the smallest number."""
    own = probabilities[np.arange(len(jets)), jets.label].astype(np.float64)
    return float(np.average(-np.log(np.maximum(own, np.finfo(np.float32).tiny)), weights=jets.weight))


def _outputs(model: ExternalTagger, jets: Jets) -> Iterator[tuple[Ints, list[npt.NDArray[Any]]]]:
    """Yield the rows of batches of jets of similar length, and the outputs for them, each with a row per jet."""
    for batch in scoring_batches(jets, 1 if model.description.single else _BATCH):
        inputs = model_inputs(model.description.feeds, model.description.padding == "repeat", jets.take(batch.rows))
        try:
            outputs = model.session.run(model.description.outputs, inputs)
        except Exception as error:  # as above
            raise UserError(f"{_refusal(error)}; correct the key 'model' of the tagger's card") from None
        yield batch.rows, [_per_jet(values, len(batch.rows)) for values in outputs]


def _per_jet(values: npt.NDArray[Any], jets: int) -> npt.NDArray[Any]:
    """Return an output with one row per jet; of a single jet it may have no axis for jets."""
    if values.size % max(jets, 1) or (values.ndim and jets > 1 and len(values) != jets):
        shape = f"an output has the shape {list(values.shape)} for {jets} jets"
        raise UserError(f"{shape}; name outputs with one row per jet in the key 'model.outputs'")
    return values.reshape(jets, -1)


def _seen(description: Description, jets: Jets) -> Bools:
    """Return the jets that the model sees, (N,)."""
    return ~_are_empty(description, jets) if description.empty_jets else np.ones(len(jets), bool)


def _are_empty(description: Description, jets: Jets) -> Bools:
    """Return the jets without constituents, (N,)."""
    counts = [jets.sequences[feed.group].counts for feed in description.feeds if feed.group in jets.sequences]
    return np.asarray(np.sum(counts, axis=0) == 0) if counts else np.zeros(len(jets), bool)


def _check_defined(found: Floats32, empty: Bools) -> None:
    """Raise UserError where scores are NaN."""
    wrong = np.asarray(np.isnan(found).any(axis=1))
    if not wrong.any():
        return
    if empty[wrong].all():
        advice = "exclude such jets in the dataset card, or give their probabilities in the key 'model.empty_jets'"
        raise UserError(f"its scores of jets without constituents are NaN; {advice}")
    advice = "compare what it takes with the key 'model' of the card, such as 'padding: repeat'"
    raise UserError(f"its scores of {wrong.sum()} of {len(wrong)} jets are NaN; {advice}")


def _check_ranges(description: Description, jets: Jets) -> None:
    """Raise UserError where most values of a column are beyond the range to which the model clips them."""
    for name, value, share in beyond_range(description.feeds, jets):
        if share > _MOST:
            reason = f"{share:.0%} of the values of '{value}' are out of the range that the model was trained with"
            advice = "it expects another unit or variable: correct the key 'model.variables'"
            raise UserError(f"{description.file}: input '{name}': {reason}; {advice}")


def _warn_about(description: Description, loss: float, classes: int) -> None:
    """Warn of scores that are worse than guessing."""
    if loss > np.log(classes):
        reason = f"its loss on the validation jets is {loss:.3g}, above the {np.log(classes):.3g} of guessing"
        advice = "check units, variables and the order of 'outputs' in the tagger's card"
        print(f"tagwerk: warning: {description.file}: {reason}; {advice}", file=sys.stderr, flush=True)


def _refusal(error: Exception) -> str:
    reason = " ".join(str(error).split()).removeprefix("[ONNXRuntimeError] : ")
    return f"ONNX Runtime {onnxruntime.__version__} cannot run it ({reason:.200})"
