"""Training steps of recursive layers over trees against two LSTM(128) layers, and against a node-by-node recursion.

Run: python benchmarks/trees.py [--leaves 53] [--units 128] [--batch 128] [--rounds 8] [--threads 2]

The layers alone, on random numbers: the forward pass, and the gradients of the sum of the root's squares with respect
to all weights. The trees have the shape of Cambridge/Aachen (neighbours merged in random order) or are chains (as for
descending pT: each merge adds one leaf); the LSTM layers see sequences as long as the trees have leaves. Contestants
alternate step by step, and rates are medians. The recursion is a plain implementation of the same Tree-LSTM with the
same weights: one jet and one node after another, the function of a node compiled by `tf.function`, gradients from a
tape over all nodes of a jet; its states are checked against the layer's. Memory is the peak of a separate process
during a training step minus its memory before, for trees of depth 20 and 60 with the same number of nodes, in a batch
eight times as large (Linux only).
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

FEATURES, DEPTHS, MEMORY_LEAVES = 7, (20, 60), 61
Cell = Literal["n_ary", "child_sum", "simple", "gated"]
CELLS: tuple[Cell, ...] = get_args(Cell)

Trees = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.bool_]]
Merges = list[tuple[int, int]]


def neighbours(random: np.random.Generator, leaves: int) -> Merges:
    """Return the two nodes of each merge if neighbours are merged in random order."""
    free, merges = list(range(leaves)), []
    for merge in range(leaves - 1):
        index = int(random.integers(len(free) - 1))
        merges.append((free[index], free[index + 1]))
        free[index : index + 2] = [leaves + merge]
    return merges


def chain(random: np.random.Generator, leaves: int) -> Merges:
    """Return the same for a chain, where each merge adds one leaf."""
    return of_depth(leaves, leaves - 1)


def of_depth(leaves: int, depth: int) -> Merges:
    """Return the same for a tree of this depth: pairs, pairs of pairs and so on, then a chain of these."""
    free, merges, height = list(range(leaves)), [], 0
    while len(free) > depth - height + 1:
        height += 1
        pairs = len(free) - max(depth - height + 1, (len(free) + 1) // 2)
        merges += list(zip(free[0 : 2 * pairs : 2], free[1 : 2 * pairs : 2], strict=True))
        free = [leaves + len(merges) - pairs + pair for pair in range(pairs)] + free[2 * pairs :]
    node = free[0]
    for other in free[1:]:
        merges.append((node, other))
        node = leaves + len(merges) - 1
    return merges


def depth_of(children: npt.NDArray[np.int32]) -> int:
    """Return the largest number of merges between a leaf and the root, from children (N, C)."""
    heights: list[int] = []
    for node in children:
        heights.append(max((heights[child] + 1 for child in node if child >= 0), default=0))
    return max(heights)


def random_batch(random: np.random.Generator, merges: list[Merges]) -> Trees:
    """Return nodes (B, N, F) with random features, children (B, N, 2) and mask (B, N) of trees with equal leaves."""
    leaves = len(merges[0]) + 1
    children = np.full((len(merges), 2 * leaves - 1, 2), -1, np.int32)
    children[:, leaves:] = merges
    mask = np.ones(children.shape[:2], bool)
    return random.normal(0, 1, (*mask.shape, FEATURES)).astype("float32"), children, mask


def training_step(layer: Any) -> Callable[..., Any]:
    """Return a compiled training step of the layer alone: the gradients with respect to its weights."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def step(*inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(*inputs, training=True) ** 2)
        return tape.gradient(loss, layer.trainable_variables)

    return step


def step_seconds(steps: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the times of all steps, which alternate; the first round is a warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for repeat in range(rounds + 1):
        for name, step in steps.items():
            start = perf_counter()
            step()
            if repeat:
                seconds[name].append(perf_counter() - start)
    return seconds


def recursion(layer: Any) -> Callable[[Trees, int], tuple[Any, Any]]:
    """Return a plain implementation, which gives the root's state (U,) and the gradients of one jet."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def node(features: Any, children: Any) -> Any:
        own = layer.portable_cell.own(features, layer.cell_weights)
        is_inner = tf.reduce_any(children != 0, axis=[1, 2])
        return layer.portable_cell.state(own, children, is_inner[:, None], layer.cell_weights)

    width = layer.units * (2 if layer.portable_cell.cell_state else 1)

    def jet(trees: Trees, index: int) -> tuple[Any, Any]:
        nodes, children, _ = (array[index] for array in trees)
        missing = tf.zeros((1, width))

        def state(row: int) -> Any:
            if row < 0:
                return missing
            return node(nodes[row : row + 1], tf.stack([state(child) for child in children[row]], axis=1))

        with tf.GradientTape() as tape:
            root = state(len(nodes) - 1)[0, : layer.units]
            loss = tf.reduce_sum(root**2)
        return root, tape.gradient(loss, layer.trainable_variables)

    return jet


def compare(leaves: int, units: int, batch: int, rounds: int) -> None:
    """Print the rates of training steps."""
    import tensorflow as tf

    from tagwerk.layers.recurrent_stack import Recurrent
    from tagwerk.layers.recursive_layer import Recursive

    random = np.random.default_rng(1)
    shapes = {
        name: random_batch(random, [merges(random, leaves) for _ in range(batch)])
        for name, merges in {"neighbours": neighbours, "chain": chain}.items()
    }
    steps = np.ascontiguousarray(shapes["neighbours"][0][:, :leaves])
    lstm = training_step(Recurrent("lstm", [units, units], pooling="last"))
    inputs = [tf.constant(steps), tf.ones((batch, leaves), tf.bool)]
    contestants: dict[str, Callable[[], Any]] = {"two LSTM layers": lambda: lstm(*inputs)}
    layers = {cell: Recursive(cell, units) for cell in CELLS}
    for cell, layer in layers.items():
        for shape, trees in shapes.items():
            tensors, step = [tf.constant(array) for array in trees], training_step(layer)
            contestants[f"{cell}, {shape}"] = partial(step, *tensors)
    trees, layer = shapes["neighbours"], layers["n_ary"]
    layer(*trees)
    plain = recursion(layer)
    np.testing.assert_allclose(plain(trees, 0)[0], layer(*trees)[0], atol=1e-5)
    seconds = {name: statistics.median(times) / batch for name, times in step_seconds(contestants, rounds).items()}
    plain_seconds = step_seconds({"": lambda: [plain(trees, index) for index in range(2)]}, 3)[""]
    seconds["n_ary, node by node"] = statistics.median(plain_seconds) / 2
    print(f"{batch} jets of {leaves} leaves, {units} units; depth " + ", ".join(
        f"{np.mean([depth_of(children) for children in trees[1]]):.0f} ({shape})" for shape, trees in shapes.items()
    ))  # fmt: skip
    for name, time in seconds.items():
        print(f"{name:24s} {1 / time:8,.0f} jets/s, {seconds['two LSTM layers'] / time:6.3f} of two LSTM layers")
    print(f"node by node: {seconds['n_ary, node by node'] / seconds['n_ary, neighbours']:.0f} times slower")


def step_memory(depth: int, cell: Cell, units: int, batch: int) -> int:
    """Return the peak memory of a training step in bytes, above the memory before it."""
    from tagwerk.layers.recursive_layer import Recursive

    random = np.random.default_rng(1)
    small, large = (random_batch(random, [of_depth(MEMORY_LEAVES, depth)] * jets) for jets in (2, batch))
    assert depth_of(large[1][0]) == depth
    step = training_step(Recursive(cell, units))
    for jets in (1, 2):  # compiles for this number of jets, then for any
        step(*(array[:jets] for array in small))
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # resets the peak
    before = status("VmRSS")
    step(*large)
    return status("VmHWM") - before


def status(key: str) -> int:
    """Return the bytes in this line of the process's status on Linux."""
    (line,) = (
        line for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines() if line.startswith(key)
    )
    return int(line.split()[1]) * 1024


def print_memory(units: int, batch: int) -> None:
    """Print the memory of steps at all depths, each in its own process."""
    for cell in CELLS:
        peaks = {}
        for depth in DEPTHS:
            arguments = ["--step-of", cell, "--depth", depth, "--units", units, "--batch", batch]
            command = [sys.executable, __file__, *map(str, arguments)]
            peaks[depth] = float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        text = ", ".join(f"depth {depth}: {peak / 1e6:.0f} MB" for depth, peak in peaks.items())
        print(f"{cell}: a training step of {batch} jets of {2 * MEMORY_LEAVES - 1} nodes takes, at {text}")


def main() -> None:
    """Measure and print rates and memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaves", type=int, default=53)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--step-of", choices=CELLS, help="print the memory of a training step of this cell only")
    parser.add_argument("--depth", type=int, default=DEPTHS[0], help="depth of the trees for --step-of")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if options.step_of:
        print(step_memory(options.depth, options.step_of, options.units, options.batch))
        return
    from tagwerk.training.network import prepare

    prepare(1, options.threads)
    compare(options.leaves, options.units, options.batch, options.rounds)
    print_memory(options.units, 8 * options.batch)


if __name__ == "__main__":
    main()
