"""Jets as plain arrays, for peers that cannot read Tagwerk's records."""

import keras
import numpy as np

from tagwerk.training.batches import scoring_batches
from tagwerk.training.loading import Jets


def constituent_arrays(model: keras.Model, jets: Jets) -> dict[str, np.ndarray]:
    """Return a model's outputs for all constituents (M, F), by name, and the jets' `counts` (N,) and `label` (N,).

    Args:
        model: from Tagwerk's inputs to outputs (B, T, F).
        jets: N jets.
    """
    counts = jets.lengths()
    jet_values: dict[str, list[np.ndarray]] = {name: [np.empty(0)] * len(jets) for name in model.output}
    for batch in scoring_batches(jets, 512):
        for name, values in model.predict_on_batch(batch.inputs()).items():
            for row, padded in zip(batch.rows, values, strict=True):
                jet_values[name][row] = padded[: counts[row]]
    flat = {name: np.concatenate(values).astype("float32") for name, values in jet_values.items()}
    return flat | {"counts": counts, "label": jets.label}
