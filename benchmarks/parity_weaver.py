"""Outputs of weaver-core's networks with drawn weights; run by `parity.py`.

Run: python benchmarks/parity_weaver.py FOLDER [NETWORKS], in an environment with weaver-core

NETWORKS is the folder with the example networks of the Particle Transformer's repository, for P-CNN.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from parity_weights import answer
from weaver.nn.model.ParticleNet import ParticleNet, pairwise_distance
from weaver.nn.model.ParticleTransformer import ParticleTransformer

PARTICLE_NET: Any = importlib.import_module(ParticleNet.__module__)

ROUNDING = 3e-7  # of a squared distance, relative to the largest square of a coordinate vector
REAL = 1e8  # weaver puts padding at 10^9


class Ties:
    """Finds jets of which some constituent's nearest neighbours are decided by less than float32's rounding."""

    def __init__(self) -> None:
        self.jets: torch.Tensor | None = None
        self.knn = PARTICLE_NET.knn

    def __call__(self, points: torch.Tensor, count: int) -> torch.Tensor:
        """Return the indices of the neighbours, as weaver does, and keep which jets have ties."""
        distances = pairwise_distance(points)
        nearest = distances.topk(count + 2, dim=-1, largest=False)[0]
        real = points.abs().amax(dim=1) < REAL
        square = (points**2).sum(dim=1).where(real, 0.0).amax(dim=1)[:, None]
        # The constituent itself must be nearest, and the last neighbour nearer than the next.
        tied = (nearest[..., 1] < ROUNDING * square) | (nearest[..., -1] - nearest[..., -2] < ROUNDING * square)
        found = (tied & real).any(dim=1)
        self.jets = found if self.jets is None else self.jets | found
        return self.knn(points, count)


def build(case: Mapping, features: int, trim: bool) -> Any:
    """Return a network with new weights; `trim` is weaver's random trimming in training."""
    if case["network"] == "particle_net":
        return ParticleNet(features, 2, **case["options"], trim=trim)
    if case["network"] == "transformer":
        return ParticleTransformer(features, 2, **case["options"], trim=trim)
    return importlib.import_module("example_PCNN").ResNet(features, 2, **case["options"])


def forward(
    model: Any, kind: str, features: torch.Tensor, points: Any, momenta: Any, mask: torch.Tensor
) -> torch.Tensor:
    """Return the logits (B, 2) of features (B, F, T), points (B, 2, T), momenta (B, 4, T) and mask (B, 1, T).

    Points and momenta may be None for a network that does not take them.
    """
    if kind == "particle_net":
        return model(points, features, mask)
    if kind == "p_cnn":
        return model(points, features, momenta, mask)
    return model(features, None if model.pair_embed is None else momenta, mask)


class Weaver:
    """A network of weaver-core without dropout and random trimming, in double precision."""

    def __init__(self, case: Mapping, features: int) -> None:
        self.kind, self.tied = case["network"], np.zeros(0, bool)
        self.model = build(case, features, trim=False).double().eval()
        for module in self.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
            if isinstance(getattr(module, "dropout", None), float):
                module.dropout = 0.0
        state = self.model.state_dict()
        self.shapes = {name: list(each.shape) for name, each in state.items() if each.ndim}  # not the batch counters
        self.parameters = sum(each.numel() for each in self.model.parameters())

    def set_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Copy weights and running statistics by name."""
        state = self.model.state_dict()
        self.model.load_state_dict(state | {name: torch.from_numpy(value) for name, value in weights.items()})

    def logits(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the logits of jets, and keep which have ties."""
        ties = PARTICLE_NET.knn = Ties()
        with torch.no_grad():
            if self.kind == "p_cnn":  # which counts padding: one jet at a time
                jets = (
                    self._forward({name: each[row : row + 1, :count] for name, each in arrays.items()})
                    for row, count in enumerate(arrays["mask"].sum(axis=1))
                )
                logits = torch.cat(list(jets)).numpy()
            else:
                logits = self._forward(arrays).numpy()
        PARTICLE_NET.knn = ties.knn
        self.tied = np.zeros(len(logits), bool) if ties.jets is None else ties.jets.numpy()
        return logits

    def train(self, arrays: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Return the logits of a training batch, and the gradient of the mean cross-entropy for each weight."""
        self.model.train()
        logits = self._forward(arrays)
        torch.nn.functional.cross_entropy(logits, torch.from_numpy(arrays["label"])).backward()
        gradients = {name: each.grad for name, each in self.model.named_parameters() if each.grad is not None}
        return logits.detach().numpy(), {name: each.numpy() for name, each in gradients.items()}

    def _forward(self, arrays: Mapping[str, np.ndarray]) -> torch.Tensor:
        features, points, momenta = (
            torch.from_numpy(arrays[name].astype("float64")).transpose(1, 2).contiguous()
            for name in ("features", "points", "momenta")
        )
        mask = torch.from_numpy(arrays["mask"])[:, None]
        return forward(self.model, self.kind, features, points, momenta, mask)


if __name__ == "__main__":
    sys.path.extend(sys.argv[2:])
    answer(Path(sys.argv[1]), Weaver)
