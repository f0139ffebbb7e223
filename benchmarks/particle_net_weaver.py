"""Train weaver-core's ParticleNet-Lite on random batches; run by `particle_net.py`.

Run: python benchmarks/particle_net_weaver.py FOLDER SEED THREADS, in an environment with weaver-core
"""

import copy
import json
import math
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from weaver.nn.model.ParticleNet import ParticleNet

SCORING = 512


class Sample:
    """The jets of one file written by `particle_net.py`."""

    def __init__(self, file: Path) -> None:
        arrays = np.load(file)
        self.values = np.concatenate([arrays["features"], arrays["points"]], axis=1)
        self.counts, self.label = arrays["counts"], torch.from_numpy(arrays["label"])
        self.first = np.cumsum(self.counts) - self.counts

    def __len__(self) -> int:
        return len(self.counts)

    def batch(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return points (B, 2, T), features (B, F, T) and mask (B, 1, T) of these jets, padded to their longest."""
        counts = self.counts[rows]
        mask = np.arange(max(counts.max(), 8)) < counts[:, None]  # k = 7 neighbours need 8 slots
        jets = np.zeros((*mask.shape, self.values.shape[1]), np.float32)
        jets[mask] = self.values[(self.first[rows][:, None] + np.arange(mask.shape[1]))[mask]]
        jets = torch.from_numpy(jets).transpose(1, 2).contiguous()
        return jets[:, -2:], jets[:, :-2], torch.from_numpy(mask)[:, None]

    def scoring_batches(self) -> list[np.ndarray]:
        """Return batches of row indices, of jets of similar length."""
        order = np.argsort(self.counts, kind="stable")
        return [order[start : start + SCORING] for start in range(0, len(order), SCORING)]


def network(features: int, dropout: float) -> torch.nn.Module:
    """Return weaver-core's ParticleNet-Lite, with its fusion layer."""
    blocks = [(7, (32, 32, 32)), (7, (64, 64, 64))]
    return ParticleNet(
        features, 2, conv_params=blocks, fc_params=[(128, dropout)], use_fusion=True, use_fts_bn=True, use_counts=True
    )


def score(model: torch.nn.Module, jets: Sample) -> torch.Tensor:
    """Return the logits of all jets, (N, 2)."""
    model.eval()
    logits = torch.empty(len(jets), 2)
    with torch.inference_mode():
        for rows in jets.scoring_batches():
            logits[rows] = model(*jets.batch(rows))
    return logits


def train_network(model: torch.nn.Module, train: Sample, validation: Sample, settings: dict, seed: int) -> None:
    """Train, and restore the weights of the epoch of lowest validation loss."""
    random, size, epochs = np.random.default_rng(seed), settings["batch_size"], settings["epochs"]
    decayed = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    undecayed = [parameter for parameter in model.parameters() if parameter.ndim < 2]
    groups = [{"params": decayed, "weight_decay": settings["weight_decay"]}, {"params": undecayed, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, settings["learning_rate"])
    steps = epochs * -(-len(train) // size)
    warmup = max(1, int(settings["warmup"] * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            step / warmup if step < warmup else 0.5 + 0.5 * math.cos(math.pi * (step - warmup) / (steps - warmup))
        ),
    )
    best, lowest = copy.deepcopy(model.state_dict()), math.inf
    for epoch in range(epochs):
        model.train()
        begin = perf_counter()
        order = random.permutation(len(train))
        for rows in (order[start : start + size] for start in range(0, len(order), size)):
            loss = torch.nn.functional.cross_entropy(model(*train.batch(rows)), train.label[rows])
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings["gradient_clip"])
            optimizer.step()
            schedule.step()
        seconds = perf_counter() - begin
        loss = float(torch.nn.functional.cross_entropy(score(model, validation), validation.label))
        print(f"epoch {epoch + 1}: {len(train) / seconds:.0f} jets/s, validation loss {loss:.4f}", file=sys.stderr)
        if loss < lowest:
            best, lowest = copy.deepcopy(model.state_dict()), loss
    model.load_state_dict(best)


def main(folder: Path, seed: int, threads: int) -> None:
    """Train and write the scores of the test jets."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    train, validation, test = (Sample(folder / f"{name}.npz") for name in ("train", "validation", "test"))
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    model = network(train.values.shape[1] - 2, 0.1)
    print(sum(parameter.numel() for parameter in model.parameters()), "parameters", file=sys.stderr)
    train_network(model, train, validation, settings, seed)
    np.save(folder / f"scores_{seed}.npy", score(model, test).softmax(dim=1)[:, 1].numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
