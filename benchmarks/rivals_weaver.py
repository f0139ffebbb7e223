"""Rates, or scores after training, of weaver-core's networks; run by `rivals.py`.

Run: python benchmarks/rivals_weaver.py FOLDER {rates|scores} THREADS, in an environment with weaver-core

weaver-core has no particle-flow network: its layers are here, as fast as PyTorch has them.
"""

import copy
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from parity_weaver import build, forward
from passes import LONG, LOOK, SHORT, SIZES, by_rate, measured, rates, write
from torch.utils.flop_counter import FlopCounterMode
from train_torch import Sample
from weaver.nn.model.ParticleNet import get_graph_feature

Look = Callable[["Setting", float], list[float]]
SCORING, COUNTED = 512, 30
DECAYS = {
    "cosine": lambda done: 0.5 + 0.5 * math.cos(math.pi * done),
    "linear": lambda done: 1 - done,
    "constant": lambda done: 1.0,
}


class ParticleFlow(torch.nn.Module):
    """F of the sum of Φ over the constituents, or of the sum weighted by their shares of pT."""

    def __init__(self, features: int, case: Mapping[str, Any]) -> None:
        super().__init__()
        self.infrared_safe, (first, last) = case["infrared_safe"], case["options"].values()
        self.phi = self._layers([features, *first])
        self.f = torch.nn.Sequential(*self._layers([first[-1], *last]), torch.nn.Linear(last[-1], 2))

    @staticmethod
    def _layers(widths: list[int]) -> torch.nn.Sequential:
        pairs = pairwise(widths)
        return torch.nn.Sequential(*(each for pair in pairs for each in (torch.nn.Linear(*pair), torch.nn.ReLU())))

    def forward(self, features: torch.Tensor, momenta: torch.Tensor | None, mask: torch.Tensor) -> torch.Tensor:
        """Return the logits (B, 2) of features (B, T, F), momenta (B, T, 4) and mask (B, 1, T)."""
        weights = mask.to(features.dtype)
        if self.infrared_safe:
            assert momenta is not None
            pt = momenta[..., :2].square().sum(dim=2).sqrt()[:, None]
            weights = pt / pt.sum(dim=2, keepdim=True).clamp(min=1e-30)
        encoded = self.phi(features)
        return self.f(torch.bmm(weights.to(encoded.dtype), encoded)[:, 0])


@dataclass(frozen=True)
class Setting:
    """Threads, autocast or not, features of all pairs or of real ones only, jets per batch of similar length or not."""

    threads: int
    bfloat16: bool
    all_pairs: bool
    size: int
    similar: bool

    def __str__(self) -> str:
        options = ", bfloat16" * self.bfloat16 + ", all pairs" * self.all_pairs
        return f"{self.threads} thread{'s' * (self.threads > 1)}, {self.size}{options}"


class Network:
    """A network of weaver-core with its jets, and steps on them."""

    def __init__(
        self, case: Mapping[str, Any], columns: dict[str, int], training: Mapping[str, Any], jets: Sample, steps: int
    ) -> None:
        """Build the network, the optimizer, and its schedule of this number of steps."""
        self.kind, self.columns, self.jets, self.clip = case["network"], columns, jets, training["gradient_clip"]
        features, flow = columns["features"], self.kind == "deep_sets"
        self.model = ParticleFlow(features, case) if flow else build(case, features, trim=True)
        self.pairs, self.bfloat16 = getattr(self.model, "pair_embed", None), False
        self.parameters = sum(each.numel() for each in self.model.parameters())
        neighbours = [count for count, _ in case["options"].get("conv_params", [])]
        self.least = max(neighbours, default=0) + 1  # a constituent is the nearest of its own neighbours
        matrices = [(name.endswith("token") or each.ndim < 2, each) for name, each in self.model.named_parameters()]
        groups = [
            {"params": [each for other, each in matrices if other == kept], "weight_decay": decay}
            for kept, decay in ((True, 0.0), (False, training["weight_decay"]))
        ]
        self.optimizer = torch.optim.AdamW(groups, training["learning_rate"])
        warmup, decay = int(training["warmup"] * steps), DECAYS[training["schedule"]]
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            lambda step: step / warmup if step < warmup else decay(min((step - warmup) / max(steps - warmup, 1), 1)),
        )

    def logits(self, rows: np.ndarray, jets: Sample | None = None) -> torch.Tensor:
        """Return the logits (B, 2) of some jets, padded to the longest of them."""
        padded, counts = (jets or self.jets).batch(rows)
        padded = torch.nn.functional.pad(padded, (0, 0, 0, max(self.least - padded.shape[1], 0)))
        mask = (torch.arange(padded.shape[1]) < counts[:, None])[:, None]
        given = dict(zip(self.columns, padded.split(list(self.columns.values()), dim=2), strict=True))
        if self.kind == "deep_sets":
            return self.model(given["features"], given.get("momenta"), mask)
        given = {name: each.transpose(1, 2).contiguous() for name, each in given.items()}
        return forward(self.model, self.kind, given["features"], given.get("points"), given.get("momenta"), mask)

    def _set_training(self, training: bool) -> None:
        """Set the mode, and the faster of weaver's two ways to gather neighbours in it."""
        self.model.train(training)
        for block in getattr(self.model, "edge_convs", []):
            block.get_graph_feature = partial(get_graph_feature, cpu_mode=training)

    def choose(self, setting: Setting) -> None:
        """Use this setting."""
        torch.set_num_threads(setting.threads)
        self.bfloat16 = setting.bfloat16
        if self.pairs is not None:
            self.pairs.sparse_eval = (not setting.all_pairs, not setting.all_pairs)

    def train_on(self, rows: np.ndarray) -> None:
        """Take a step."""
        self._set_training(True)
        with self._autocast():
            logits = self.logits(rows)
        loss = torch.nn.functional.cross_entropy(logits.float(), torch.from_numpy(self.jets.label[rows]))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        self.schedule.step()

    def score(self, rows: np.ndarray, jets: Sample | None = None) -> torch.Tensor:
        """Return the logits of some jets without training."""
        self._set_training(False)
        with torch.inference_mode(), self._autocast():
            return self.logits(rows, jets)

    def scores(self, jets: Sample) -> torch.Tensor:
        """Return the logits of all jets, (N, 2)."""
        logits = torch.empty(len(jets.counts), 2)
        for rows in batches(jets, SCORING, similar=True):
            logits[rows] = self.score(rows, jets)
        return logits

    def _autocast(self) -> Any:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16)

    def operations(self) -> float:
        """Return the mean number of floating-point operations of the matrix products of a jet without padding."""
        order = np.argsort(self.jets.counts, kind="stable")
        rows = order[((np.arange(COUNTED) + 0.5) / COUNTED * len(order)).astype(int)]  # of all lengths
        self._set_training(False)
        with FlopCounterMode(display=False) as counter:
            for row in rows:
                self.logits(np.array([row]))
        return counter.get_total_flops() / len(rows)


def batches(
    jets: Sample, size: int, *, similar: bool, random: np.random.Generator | None = None
) -> Iterator[np.ndarray]:
    """Yield the rows of all batches, of jets of similar length from the shortest, or drawn at random."""
    counts = jets.counts
    order = (
        np.argsort(counts, kind="stable") if similar else (random or np.random.default_rng(1)).permutation(len(counts))
    )
    yield from (order[start : start + size] for start in range(0, len(order), size))


def some_batches(jets: Sample, setting: Setting, least: int) -> list[np.ndarray]:
    """Return batches of this number of jets or a few more; those of similar length are spread over all lengths."""
    full = [rows for rows in batches(jets, setting.size, similar=setting.similar) if len(rows) == setting.size]
    wanted = min(-(-least // setting.size), len(full))
    return [full[int((index + 0.5) * len(full) / wanted)] for index in range(wanted)]


def measure(network: Network, test: Sample, threads: int, seconds: float) -> dict[str, Any]:
    """Return the rates with the fastest setting of each kind."""

    def chosen(look: Look, similar: bool) -> Setting:
        """Return the fastest setting: first with small batches, then of the best one with larger ones."""
        pairs = (False, True) if network.pairs is not None else (False,)
        every = product(sorted({threads, 1}, reverse=True), (False, True), pairs)
        best = by_rate([Setting(*each, SIZES[0], similar) for each in every], look)[0]
        return by_rate([replace(best, size=size) for size in SIZES], look)[0]

    def training(setting: Setting, floor: float = 0.0, jets: int = SHORT, time: float = LOOK) -> list[float]:
        network.choose(setting)
        rows = some_batches(network.jets, setting, jets)
        return rates(lambda batch: network.train_on(batch), rows, time, floor)

    def scoring(setting: Setting, floor: float = 0.0, jets: int = SHORT, time: float = LOOK) -> list[float]:
        network.choose(setting)
        rows = some_batches(test, setting, jets)
        return rates(lambda batch: network.score(batch, test), rows, time, floor)

    trimmer, found = getattr(network.model, "trimmer", None), {}
    random = chosen(training, similar=False)
    found["random"] = measured(random, training(random, 0.0, LONG, seconds))
    if trimmer is not None:
        trimmer.enabled = False  # it leaves constituents of the longest jets of a batch out
        found["untrimmed"] = measured(random, training(random, 0.0, LONG, seconds))
    similar = chosen(training, similar=True)
    found["similar"] = measured(similar, training(similar, 0.0, LONG, seconds))
    scored = chosen(scoring, similar=True)
    found["scoring"] = measured(scored, scoring(scored, 0.0, LONG, seconds))
    return found


def train_network(network: Network, validation: Sample, training: Mapping[str, Any], seed: int) -> None:
    """Train, and restore the weights of the epoch of lowest validation loss."""
    random, best, lowest = np.random.default_rng(seed), copy.deepcopy(network.model.state_dict()), math.inf
    label = torch.from_numpy(validation.label)
    for epoch in range(training["epochs"]):
        for rows in batches(network.jets, training["batch_size"], similar=False, random=random):
            network.train_on(rows)
        loss = float(torch.nn.functional.cross_entropy(network.scores(validation), label))
        print(f"epoch {epoch + 1}: validation loss {loss:.4f}", file=sys.stderr)
        if loss < lowest:
            best, lowest = copy.deepcopy(network.model.state_dict()), loss
    network.model.load_state_dict(best)


def main(folder: Path, task: str, threads: int) -> None:
    """Write rates, or the scores of the test jets after training."""
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    training, seed = case["training"], case["seed"]
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    train, validation, test = (Sample(folder / f"{name}.npz") for name in ("train", "validation", "test"))
    steps = training["epochs"] * -(-len(train.counts) // training["batch_size"])
    network = Network(case["request"], case["columns"], training, train, steps)
    if task == "scores":
        train_network(network, validation, training, seed)
        np.save(folder / "rates_weaver.npy", network.scores(test).softmax(dim=1)[:, 1].numpy())
        return
    found = measure(network, test, threads, case["seconds"])
    write(folder / "rates_weaver.json", **found, parameters=network.parameters, operations=network.operations())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
