"""Models of sequences of any kind, trained and applied as taggers are."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import awkward as ak
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import ops

from tagwerk.arrays import Tensor, Values
from tagwerk.cards.tagger import TrainingSettings
from tagwerk.errors import UserError
from tagwerk.progress import progress
from tagwerk.training.batches import scoring_batches
from tagwerk.training.fit_checks import Loss, check_inputs, loss_functions
from tagwerk.training.malloc import reuse_freed_memory
from tagwerk.training.objectives import Tensors
from tagwerk.training.sequences import Sequences
from tagwerk.training.state import Row
from tagwerk.training.train_step import predictor
from tagwerk.training.trainer import SCORING_BATCH, Trainer

_EPOCHS = 20


def fit(
    model: keras.Model,
    sequences: Sequences,
    validation: Sequences,
    losses: Mapping[str, str | Loss],
    *,
    epochs: int | None = None,
    seconds: float | None = None,
    epoch_size: int | None = None,
    seed: int = 1,
    settings: TrainingSettings | None = None,
    watch: Callable[[Row], None] = lambda row: None,
) -> pd.DataFrame:
    """Fit a Keras model to sequences, with the batches, the optimiser and the schedules of taggers.

    Batches are drawn at random and padded to their own longest sequence. The model gets the weights of its lowest
    validation loss.

    Args:
        model: with a dictionary of inputs, as `Sequences` names them, and one of outputs, as the targets are named.
        sequences: to train on.
        validation: to decide when to stop.
        losses: of each output, by its name in Keras, such as `mean_squared_error`, or a function of target and output.
            That of a target per step is the mean over an example's real steps. Several losses are added.
        epochs: maximum number of epochs, by default 20, or with `seconds` without limit.
        seconds: maximum time, validations included; the learning rate then follows the time instead of the steps. An
            epoch that is cut short is validated, too, which comes on top.
        epoch_size: number of examples per epoch, drawn at random for each; by default all.
        seed: of the shuffling.
        settings: batch size, learning rate and so on; by default those of a tagger card.
        watch: called with the row of the history after each epoch; may end the training by an exception.

    Returns:
        One row per epoch, with its losses, learning rate and seconds; where the time is limited, also the number of
        examples.

    Raises:
        UserError: the model takes other inputs, there are no examples, a loss is unknown or of no output or target, the
            loss became NaN, `epochs`, `seconds` or `epoch_size` is not positive, or the schedule does not end with the
            time.
    """
    check_inputs(model, sequences=sequences, validation=validation)
    functions = loss_functions(losses, model, sequences, validation)
    objective, settings = _SequenceObjective(sequences, functions), settings or TrainingSettings()
    for name, value in {"epochs": epochs, "seconds": seconds, "epoch_size": epoch_size}.items():
        if value is not None and value <= 0:
            raise UserError(f"'{name}' is {value}; give a positive number")
    if seconds is not None and settings.schedule == "plateau":
        raise UserError("'seconds' needs a schedule that ends with the time, not 'plateau'; choose another")
    source = sequences if epoch_size is None else _DrawnSequences(sequences, min(epoch_size, len(sequences)))
    reuse_freed_memory()
    limit = epochs if epochs is not None else _EPOCHS if seconds is None else sys.maxsize
    trainer = Trainer(model, objective, settings, source, validation, epochs=limit, seed=seed, seconds=seconds)
    with progress("fit", None if limit == sys.maxsize else limit * len(source), "sequences") as bar:
        while not trainer.is_finished:
            watch(trainer.train_epoch(bar))
    trainer.restore_best_weights()
    return pd.DataFrame(trainer.rows)


def predict(model: keras.Model, sequences: Sequences) -> dict[str, Values | ak.Array]:
    """Return the outputs of a model by name: (N, K), or where it has one per step, Awkward arrays (N, var, K).

    Raises:
        UserError: the model takes other inputs, there are no examples, or several sequences, so that it is not known
            whose steps the outputs are of.
    """
    check_inputs(model, sequences=sequences)
    return {name: _predicted(model, name, sequences) for name in model.output}


def _predicted(model: keras.Model, name: str, sequences: Sequences) -> Values | ak.Array:
    per_step = len(model.output[name].shape) == 3
    if per_step and len(sequences.steps) > 1:
        raise UserError(f"output '{name}' has steps, but of which of {list(sequences.steps)} is not known; use one")
    batches = list(scoring_batches(sequences, SCORING_BATCH))
    outputs = [np.asarray(predictor(model, name)(batch.inputs())) for batch in batches]
    place = np.argsort(np.concatenate([batch.rows for batch in batches]))
    if not per_step:
        return np.concatenate(outputs)[place]
    counts = [sequences.lengths()[batch.rows] for batch in batches]
    real = [values[np.arange(values.shape[1]) < each[:, None]] for values, each in zip(outputs, counts, strict=True)]
    return ak.unflatten(np.concatenate(real), np.concatenate(counts))[place]


@dataclass(frozen=True)
class _DrawnSequences:
    """Another random part of some sequences in each epoch."""

    sequences: Sequences
    size: int

    def __len__(self) -> int:
        return self.size

    def pools(self, random: np.random.Generator) -> Iterator[Sequences]:
        """Yield the part."""
        yield self.sequences.take(random.choice(len(self.sequences), self.size, replace=False))


class _SequenceObjective:
    """The sum of the losses of a model's outputs."""

    classifies = False

    def __init__(self, sequences: Sequences, losses: Mapping[str, Loss]) -> None:
        self._sequences, self._losses = sequences, losses

    def specs(self) -> dict[str, tf.TensorSpec]:
        """Return shape and type of each target."""
        specs, per_step = {}, self._sequences.step_targets
        for name, values in self._sequences.targets(np.zeros(1, np.int64), 1).items():
            variable = 2 if name in per_step else 1
            specs[name] = tf.TensorSpec([*[None] * variable, *values.shape[variable:]], values.dtype)
        return specs

    def loss(self, outputs: Tensors, targets: Tensors) -> Tensor:
        """Return the loss of each example, (B,)."""
        return sum(self._loss_of(name, loss, outputs[name], targets) for name, loss in self._losses.items())

    def correct(self, outputs: Tensors, targets: Tensors) -> Tensor:
        """Not defined."""
        raise NotImplementedError

    def _loss_of(self, name: str, loss: Loss, output: Tensor, targets: Tensors) -> Tensor:
        target = targets[name]
        if len(output.shape) == len(target.shape) + 1 and output.shape[-1] == 1:
            target = target[..., None]
        values = loss(target, output)
        if name not in self._sequences.step_targets:
            return values
        mask = ops.cast(targets[f"{self._sequences.sequence_of(name)}_mask"], values.dtype)
        return ops.sum(values * mask, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1)
