"""Jets as plain arrays, for peers that cannot read Tagwerk's records."""

import keras
import numpy as np

from tagwerk.training.batches import ordered
from tagwerk.training.loading import Jets


def arrays_of(model: keras.Model, jets: Jets) -> dict[str, np.ndarray]:
    """Return of all constituents (M, F) each output of a model by its name, the `counts` (N,) and `label` (N,) of jets.

    Args:
        model: from Tagwerk's inputs to outputs (B, T, F).
        jets: N of them.
    """
    counts = jets.lengths()
    lists: dict[str, list[np.ndarray]] = {name: [np.empty(0)] * len(jets) for name in model.output}
    for batch in ordered(jets, 8, 512):
        for name, values in model.predict_on_batch(batch.inputs()).items():
            for row, each in zip(batch.rows, values, strict=True):
                lists[name][row] = each[: counts[row]]
    flat = {name: np.concatenate(values).astype("float32") for name, values in lists.items()}
    return flat | {"counts": counts, "label": jets.label}
