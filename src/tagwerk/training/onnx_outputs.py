"""Class probabilities from the outputs of a model in an ONNX file."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from tagwerk.arrays import Floats32, Floats64
from tagwerk.cards.feeds import Description
from tagwerk.errors import UserError

_TOLERANCE = 0.01  # of a sum of probabilities, for models in half precision


def probabilities_of(
    description: Description, outputs: Sequence[npt.NDArray[np.generic]], classes: Sequence[str]
) -> Floats32:
    """Return the probabilities of the dataset's classes, (B, classes); of NaN, NaN.

    Args:
        description: of the outputs.
        outputs: one (B, K), or one (B, 1) per class.
        classes: of the dataset.

    Raises:
        UserError: an output has another number of columns, or they are no probabilities.
    """
    values = np.concatenate([np.asarray(each, np.float64) for each in outputs], axis=1)
    if values.shape[1] != len(description.classes):
        counts = f"its outputs have {values.shape[1]} columns, but {len(description.classes)} are named"
        raise UserError(f"{counts}; correct the key 'model.outputs' of the tagger's card")
    if len(description.classes) == 1 and len(classes) == 2:
        return _of_one(description, values[:, 0], classes)
    if description.scores == "logits":
        values = np.asarray(softmax(values, axis=1))
    _check(values, description.partial)
    columns = [description.classes.index(name) for name in classes]
    found = values[:, columns]
    if len(columns) < values.shape[1] or description.partial:
        found = found / found.sum(axis=1, keepdims=True)
    return found.astype(np.float32)


def _of_one(description: Description, values: Floats64, classes: Sequence[str]) -> Floats32:
    """Return probabilities from that of one class, or its logit."""
    logits = description.scores == "logits"
    named = expit(values) if logits else values
    other = expit(-values) if logits else 1 - values
    probabilities = np.stack([named, other], axis=1)
    _check(probabilities)
    order = [0, 1] if description.classes[0] == classes[0] else [1, 0]
    return probabilities[:, order].astype(np.float32)


def _check(values: Floats64, partial: bool = False) -> None:
    """Raise UserError where values that are not NaN are no probabilities, of all classes or of a part of them."""
    known = values[~np.isnan(values).any(axis=1)]
    sums = known.sum(axis=1)
    excess = np.maximum(sums - 1, 0) if partial else np.abs(sums - 1)
    low, high = known.min(initial=0), excess.max(initial=0)
    if low < -_TOLERANCE or high > _TOLERANCE:
        found = f"from {low:.3g} on, sums up to {sums[np.abs(sums - 1).argmax()]:.3g}"
        raise UserError(f"its outputs are no probabilities ({found}); give 'scores: logits' in the section 'model'")
