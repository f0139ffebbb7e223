"""Rates of PyTorch's LSTM; run by `train.py`.

Run: python benchmarks/train_torch.py FOLDER EPOCHS THREADS {padded|packed|similar} {float32|bfloat16} BATCH [JETS], in
an environment with PyTorch

Batches are drawn at random, padded to their longest jet or packed, or are of jets of similar length and padded. For
scoring they are always of similar length, which changes no score. In bfloat16, the network runs in
`torch.autocast("cpu", torch.bfloat16)`. With JETS, at most JETS are trained on and scored, and only the rates are
written.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

SEED, TIMED, UNITS = 1, 5, 128
RATE, DECAY, CLIP, WARMUP = 1e-3, 1e-4, 1.0, 0.05  # as in `lstm.py`, and the defaults of `training` in a tagger card


class Network(torch.nn.Module):
    """Two LSTM layers with forget-gate bias 1, the state after the last constituent, and a linear layer."""

    def __init__(self, features: int, packed: bool) -> None:
        super().__init__()
        self.packed = packed
        self.lstm = torch.nn.LSTM(features, UNITS, num_layers=2, batch_first=True)
        self.out = torch.nn.Linear(UNITS, 2)
        with torch.no_grad():
            for name, weight in self.lstm.named_parameters():
                if name.startswith("bias"):
                    weight.zero_()
                elif name.startswith("weight_hh"):
                    torch.nn.init.orthogonal_(weight)
                else:
                    torch.nn.init.xavier_uniform_(weight)
            for layer in range(2):
                getattr(self.lstm, f"bias_ih_l{layer}")[UNITS : 2 * UNITS] = 1

    def forward(self, jets: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
        """Return logits (B, 2) of padded jets (B, T, F)."""
        if self.packed:
            steps = torch.nn.utils.rnn.pack_padded_sequence(jets, counts.clamp(min=1), True, enforce_sorted=False)
            _, (states, _) = self.lstm(steps)
            return self.out(states[-1])
        steps, _ = self.lstm(jets)
        return self.out(steps[torch.arange(len(jets)), (counts - 1).clamp(min=0)])


class Sample:
    """The jets of one file written by `train.py`, and their batches."""

    def __init__(self, file: Path, jets: int | None = None) -> None:
        arrays = np.load(file)
        self.features, self.counts, self.label = (arrays[name] for name in ("features", "counts", "label"))
        self.counts, self.label = self.counts[:jets], self.label[:jets]
        self.first = np.cumsum(self.counts) - self.counts

    def padded(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return these jets padded to the longest, (B, T, F), and their numbers of constituents (B,)."""
        counts = self.counts[rows]
        mask = np.arange(max(counts.max(), 1)) < counts[:, None]
        indices = (self.first[rows][:, None] + np.arange(mask.shape[1]))[mask]
        jets = np.zeros((*mask.shape, self.features.shape[1]), np.float32)
        jets[mask] = self.features[indices]
        return jets, counts

    def batch(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `padded` as tensors."""
        jets, counts = self.padded(rows)
        return torch.from_numpy(jets), torch.from_numpy(counts)

    def random_batches(self, size: int, random: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield row indices of jets drawn at random."""
        yield from np.split(random.permutation(len(self.counts)), range(size, len(self.counts), size))

    def similar_batches(self, size: int, random: np.random.Generator | None = None) -> Iterator[np.ndarray]:
        """Yield row indices of jets of similar length, shuffled if there is a generator."""
        order = np.argsort(self.counts + (random.random(len(self.counts)) if random else 0), kind="stable")
        batches = np.split(order, range(size, len(order), size))
        yield from batches if random is None else (batches[index] for index in random.permutation(len(batches)))


def autocast(precision: str) -> torch.autocast:
    """Return the context in which the network runs."""
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")


def train_network(train: Sample, epochs: int, batching: str, precision: str, size: int) -> tuple[Network, list[float]]:
    """Return the trained network and the jets per second of each epoch."""
    torch.manual_seed(SEED)
    random, network = np.random.default_rng(SEED), Network(train.features.shape[1], batching == "packed")
    batches = train.similar_batches if batching == "similar" else train.random_batches
    steps = epochs * -(-len(train.counts) // size)
    warmup = max(1, round(WARMUP * steps))
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            step / warmup if step < warmup else 0.5 + 0.5 * math.cos(math.pi * (step - warmup) / (steps - warmup))
        ),
    )
    rates = []
    for _ in range(epochs):
        start = perf_counter()
        for rows in batches(size, random):
            with autocast(precision):
                logits = network(*train.batch(rows))
            loss = torch.nn.functional.cross_entropy(logits.float(), torch.from_numpy(train.label[rows]))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
            schedule.step()
        rates.append(len(train.counts) / (perf_counter() - start))
    return network, rates


def score(network: Network, test: Sample, precision: str, size: int) -> np.ndarray:
    """Return the probability of the second class of every jet."""
    scores = np.empty(len(test.counts), np.float32)
    with torch.inference_mode(), autocast(precision):
        for rows in test.similar_batches(size):
            scores[rows] = network(*test.batch(rows)).float().softmax(dim=1)[:, 1].numpy()
    return scores


def main(
    folder: Path, epochs: int, threads: int, batching: str, precision: str, size: int, jets: int | None = None
) -> None:
    """Train, score several times, and write rates, scores and weights."""
    torch.set_num_threads(threads)
    train, test = (Sample(folder / f"{name}.npz", jets) for name in ("train", "test"))
    network, training = train_network(train, epochs, batching, precision, size)
    network.packed, scoring = False, []
    for _ in range(TIMED):
        start = perf_counter()
        scores = score(network, test, precision, size)
        scoring.append(len(test.counts) / (perf_counter() - start))
    rates = json.dumps({"training": training, "scoring": scoring})
    name = f"torch_{batching}_{precision}_{threads}_{size}"
    (folder / f"{'rates' if jets is None else 'tried'}_{name}.json").write_text(rates, encoding="utf-8")
    if jets is not None:
        return
    np.save(folder / f"rates_{name}.npy", scores)
    if precision == "float32":  # that of the same network in ONNX Runtime
        np.save(folder / "torch_scores.npy", scores)
        weights = {key: weight.numpy() for key, weight in network.state_dict().items()}
        np.savez(folder / "torch_weights.npz", **weights)


if __name__ == "__main__":
    epochs, threads, size = (int(sys.argv[index]) for index in (2, 3, 6))
    tried = int(sys.argv[7]) if len(sys.argv) > 7 else None
    main(Path(sys.argv[1]), epochs, threads, sys.argv[4], sys.argv[5], size, tried)
