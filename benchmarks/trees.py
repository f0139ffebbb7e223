"""Training steps of recursive layers over trees against two LSTM(128) layers, and against a node-by-node recursion.

Run: python benchmarks/trees.py [--leaves 53] [--units 128] [--batch 128] [--rounds 8] [--threads 2]

The layers alone, on random numbers: forward, and gradients by all weights of the sum of the root's squares. The trees
are those of Cambridge/Aachen in shape (neighbours merged in any order) and chains (as of falling pT: each merge takes
one more leaf); the LSTM layers go through sequences as long as the trees have leaves. All take turns, a step each, and
rates are medians. The recursion is a plain implementation of the same Tree-LSTM with the same weights: one jet and one
node after the other, a node's function compiled by `tf.function`, gradients by a tape over all nodes of a jet; its
states are checked to be the layer's. Memory is the highest that a process of its own has during a training step less
what it had before, for trees of depth 20 and 60 with as many nodes, in a batch eight times as large (Linux only).
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

FEATURES, DEPTHS, LEAVES_OF_DEPTHS = 7, (20, 60), 61
CELLS = ("n_ary", "child_sum", "simple", "gated")

Trees = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32], npt.NDArray[np.bool_]]
Merges = list[tuple[int, int]]


def neighbours(random: np.random.Generator, leaves: int) -> Merges:
    """Return the two nodes of each merge where neighbours are merged in any order."""
    free, merges = list(range(leaves)), []
    for merge in range(leaves - 1):
        place = int(random.integers(len(free) - 1))
        merges.append((free[place], free[place + 1]))
        free[place : place + 2] = [leaves + merge]
    return merges


def chain(random: np.random.Generator, leaves: int) -> Merges:
    """Return the same where each merge takes one more leaf."""
    return of_depth(leaves, leaves - 1)


def of_depth(leaves: int, depth: int) -> Merges:
    """Return the same for a tree of this depth: pairs, pairs of pairs and so on, and then a chain of these."""
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
    """Return the most merges between a leaf and the root, of children (N, C)."""
    heights: list[int] = []
    for some in children:
        heights.append(max((heights[child] + 1 for child in some if child >= 0), default=0))
    return max(heights)


def batch_of(random: np.random.Generator, merges: list[Merges]) -> Trees:
    """Return nodes (B, N, F) of random features, children (B, N, 2) and mask (B, N) of trees with as many leaves."""
    leaves = len(merges[0]) + 1
    children = np.full((len(merges), 2 * leaves - 1, 2), -1, np.int32)
    children[:, leaves:] = merges
    mask = np.ones(children.shape[:2], bool)
    return random.normal(0, 1, (*mask.shape, FEATURES)).astype("float32"), children, mask


def step_of(layer: Any) -> Callable[..., Any]:
    """Return a compiled training step of the layer alone: the gradients by its weights."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def step(*inputs: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(*inputs, training=True) ** 2)
        return tape.gradient(loss, layer.trainable_variables)

    return step


def seconds_of(steps: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the times of all steps, which take turns, after one turn that is not timed."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds + 1):
        for name, step in steps.items():
            start = perf_counter()
            step()
            if turn:
                found[name].append(perf_counter() - start)
    return found


def recursion(layer: Any) -> Callable[[Trees, int], tuple[Any, Any]]:
    """Return a plain implementation: of one jet the root's state (U,), and the gradients by the weights."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def node(features: Any, children: Any) -> Any:
        own, is_inner = layer.portable.own(features, layer.values), tf.reduce_any(children != 0, axis=[1, 2])
        return layer.portable.state(own, children, is_inner[:, None], layer.values)

    width = layer.units * (2 if layer.portable.memory else 1)

    def jet(trees: Trees, which: int) -> tuple[Any, Any]:
        nodes, children, _ = (each[which] for each in trees)
        missing = tf.zeros((1, width))

        def state(place: int) -> Any:
            if place < 0:
                return missing
            return node(nodes[place : place + 1], tf.stack([state(child) for child in children[place]], axis=1))

        with tf.GradientTape() as tape:
            root = state(len(nodes) - 1)[0, : layer.units]
            loss = tf.reduce_sum(root**2)
        return root, tape.gradient(loss, layer.trainable_variables)

    return jet


def compare(leaves: int, units: int, batch: int, rounds: int) -> None:
    """Print rates of training steps."""
    import tensorflow as tf

    from tagwerk.layers.recurrent_stack import Recurrent
    from tagwerk.layers.recursive_layer import Recursive

    random = np.random.default_rng(1)
    shapes = {
        name: batch_of(random, [merges(random, leaves) for _ in range(batch)])
        for name, merges in {"neighbours": neighbours, "chain": chain}.items()
    }
    steps = np.ascontiguousarray(shapes["neighbours"][0][:, :leaves])
    lstm = step_of(Recurrent("lstm", [units, units], pooling="last"))
    inputs = [tf.constant(steps), tf.ones((batch, leaves), tf.bool)]
    contestants: dict[str, Callable[[], Any]] = {"two LSTM layers": lambda: lstm(*inputs)}
    layers = {cell: Recursive(cell, units) for cell in CELLS}
    for cell, layer in layers.items():
        for shape, trees in shapes.items():
            tensors, step = [tf.constant(each) for each in trees], step_of(layer)
            contestants[f"{cell}, {shape}"] = lambda step=step, tensors=tensors: step(*tensors)
    trees, layer = shapes["neighbours"], layers["n_ary"]
    layer(*trees)
    plain = recursion(layer)
    np.testing.assert_allclose(plain(trees, 0)[0], layer(*trees)[0], atol=1e-5)
    seconds = {name: statistics.median(each) / batch for name, each in seconds_of(contestants, rounds).items()}
    some = seconds_of({"": lambda: [plain(trees, which) for which in range(2)]}, 3)[""]
    seconds["n_ary, node by node"] = statistics.median(some) / 2
    print(f"{batch} jets of {leaves} leaves, {units} units; depth " + ", ".join(
        f"{np.mean([depth_of(each) for each in trees[1]]):.0f} ({shape})" for shape, trees in shapes.items()
    ))  # fmt: skip
    for name, each in seconds.items():
        print(f"{name:24s} {1 / each:8,.0f} jets/s, {seconds['two LSTM layers'] / each:6.3f} of two LSTM layers")
    print(f"node by node: {seconds['n_ary, node by node'] / seconds['n_ary, neighbours']:.0f} times slower")


def step_memory(depth: int, cell: str, units: int, batch: int) -> int:
    """Return how many bytes a process takes at most during a training step, more than before."""
    from tagwerk.layers.recursive_layer import Recursive

    random = np.random.default_rng(1)
    small, large = (batch_of(random, [of_depth(LEAVES_OF_DEPTHS, depth)] * jets) for jets in (2, batch))
    assert depth_of(large[1][0]) == depth
    step = step_of(Recursive(cell, units))
    for few in (1, 2):  # compiled for this number of jets, then for any
        step(*(each[:few] for each in small))
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the highest memory from here on
    before = status("VmRSS")
    step(*large)
    return status("VmHWM") - before


def status(key: str) -> int:
    """Return so many bytes as Linux gives the process in this line of its status."""
    (line,) = (
        line for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines() if line.startswith(key)
    )
    return int(line.split()[1]) * 1024


def memories(units: int, batch: int) -> None:
    """Print the memory of steps at all depths, each in a process of its own."""
    for cell in CELLS:
        found = {}
        for depth in DEPTHS:
            arguments = ["--step-of", cell, "--depth", depth, "--units", units, "--batch", batch]
            command = [sys.executable, __file__, *map(str, arguments)]
            found[depth] = float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        text = ", ".join(f"depth {depth}: {each / 1e6:.0f} MB" for depth, each in found.items())
        print(f"{cell}: a training step of {batch} jets of {2 * LEAVES_OF_DEPTHS - 1} nodes takes, at {text}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaves", type=int, default=53)
    parser.add_argument("--units", type=int, default=128)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--step-of", choices=CELLS, help="print the memory of a training step of this cell only")
    parser.add_argument("--depth", type=int, default=DEPTHS[0], help="of the trees then")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if options.step_of:
        print(step_memory(options.depth, options.step_of, options.units, options.batch))
        return
    from tagwerk.training.network import prepare

    prepare(1, options.threads)
    compare(options.leaves, options.units, options.batch, options.rounds)
    memories(options.units, 8 * options.batch)


if __name__ == "__main__":
    main()
