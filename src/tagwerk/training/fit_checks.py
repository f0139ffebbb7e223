"""Whether a model can be fitted to sequences: names, shapes and losses, checked before any work."""

from collections.abc import Callable, Mapping

import keras
import numpy as np

from tagwerk.arrays import Tensor
from tagwerk.errors import UserError
from tagwerk.training.sequences import Sequences

Loss = Callable[[Tensor, Tensor], Tensor]


def check_inputs(model: keras.Model, **given: Sequences) -> None:
    """Refuse sequences that are none, or that are not what a model takes.

    Args:
        model: of dictionaries.
        given: sequences by the name that the user knows them by.

    Raises:
        UserError: for the first of them.
    """
    taken, outputs = (getattr(model, side, None) for side in ("input", "output"))
    if not isinstance(taken, dict) or not isinstance(outputs, dict):
        raise UserError("the model has no dictionaries of inputs and outputs; build it as keras.Model({...}, {...})")
    for name, sequences in given.items():
        if not len(sequences):
            raise UserError(f"'{name}' has no examples; give one at least")
        arrays = sequences.inputs(np.zeros(1, np.int64), 1)
        if set(arrays) != set(taken):
            raise UserError(f"'{name}' has the inputs {sorted(arrays)}, the model {sorted(taken)}; name them equally")
        for each, array in arrays.items():
            free = 2 if each.removesuffix("_mask") in sequences.steps else 1
            _check_shape(f"input '{each}' of '{name}'", array.shape, tuple(taken[each].shape), free)


def _check_shape(what: str, shape: tuple[int, ...], taken: tuple[int | None, ...], free: int) -> None:
    """Refuse a shape that differs from that which the model takes, but for the first, `free` axes."""
    sizes = zip(shape[free:], taken[free:], strict=False)
    if len(shape) != len(taken) or any(size != wanted for size, wanted in sizes if wanted is not None):
        given = (*[None] * free, *shape[free:])
        raise UserError(f"{what} has shape {given}, but the model takes {taken}; change one of them")


def loss_functions(
    losses: Mapping[str, str | Loss], model: keras.Model, sequences: Sequences, validation: Sequences
) -> dict[str, Loss]:
    """Return the losses as functions of target and output.

    Raises:
        UserError: there are none, Keras does not know one, or it is of no output or no target.
    """
    if not losses:
        raise UserError("'losses' is empty; give that of one output at least")
    for name in losses:
        known = sorted(sequences.target_names & set(model.output))
        if name not in known:
            raise UserError(f"'{name}' of 'losses' is not both an output and a target; known are {known}")
        if name not in validation.target_names:
            raise UserError(f"'validation' has no target '{name}'; known are {sorted(validation.target_names)}")
    return {name: _function(name, loss) for name, loss in losses.items()}


def _function(name: str, loss: str | Loss) -> Loss:
    try:
        return keras.losses.get(loss)  # type: ignore[no-any-return]
    except ValueError:
        raise UserError(
            f"'{name}' of 'losses': Keras has no loss '{loss}'; give one of its names, or a function"
        ) from None
