"""Outputs of energyflow's networks with drawn weights; run by `parity.py`.

Run: python benchmarks/parity_energyflow.py FOLDER, in an environment with energyflow
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras
from energyflow.archs import EFN, PFN
from parity_weights import answer


class EnergyFlow:
    """A network of energyflow, in double precision."""

    def __init__(self, case: Mapping, features: int) -> None:
        tf_keras.backend.set_floatx("float64")
        self.safe, self.tied = case["infrared_safe"], np.zeros(0, bool)
        self.model = (EFN if self.safe else PFN)(input_dim=features, **case["options"], summary=False).model
        constituent, variables = len(case["options"]["Phi_sizes"]), iter(self.model.trainable_variables)
        self.variables: dict[str, tf.Variable] = {}
        for index in range(len(self.model.trainable_variables) // 2):
            layer = f"phi.{index}" if index < constituent else f"f.{index - constituent}"
            self.variables |= {f"{layer}.weight": next(variables), f"{layer}.bias": next(variables)}
        self.shapes = {name: each.shape.as_list()[::-1] for name, each in self.variables.items()}
        self.parameters = self.model.count_params()

    def set_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Copy weights by name."""
        for name, variable in self.variables.items():
            variable.assign(weights[name].T)

    def logits(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the logarithms of the probabilities of jets."""
        self.tied = np.zeros(len(arrays["features"]), bool)
        return self._forward(arrays).numpy()

    def train(self, arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the logits of a training batch, and the gradient of the mean cross-entropy for each weight."""
        with tf.GradientTape() as tape:
            logits = self._forward(arrays)
            loss = -tf.reduce_mean(tf.gather(logits, arrays["label"], axis=1, batch_dims=1))
        gradients = tape.gradient(loss, self.variables)
        return logits.numpy(), {name: each.numpy().T for name, each in gradients.items()}

    def _forward(self, arrays: Mapping[str, np.ndarray]) -> tf.Tensor:
        features = arrays["features"].astype("float64")
        return tf.math.log(self.model([arrays["shares"].astype("float64"), features] if self.safe else features))


if __name__ == "__main__":
    answer(Path(sys.argv[1]), EnergyFlow)
