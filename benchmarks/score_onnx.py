"""Rates of ONNX Runtime's LSTM operator, with the length of each jet as input; run by `train.py`.

Run: python benchmarks/score_onnx.py FOLDER THREADS, in an environment with ONNX Runtime

It scores the network that `train_torch.py` trained, and stops if its scores differ from PyTorch's.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from train_torch import TIMED, UNITS, Sample

BATCH = 64  # the fastest of the sizes tried


def to_onnx_gates(weight: np.ndarray) -> np.ndarray:
    """Reorder a weight (4 U, ...) from PyTorch's gates, i f g o, to ONNX's, i o f g."""
    i, f, g, o = np.split(weight, 4)
    return np.concatenate([i, o, f, g])


def layer(weights: dict[str, np.ndarray], depth: int, steps: str) -> tuple[list, list]:
    """Return nodes and initializers of an LSTM layer from `steps` (T, B, F) to `steps<depth>` and `last<depth>`."""
    values = {
        name: to_onnx_gates(weights[f"lstm.{name}_l{depth}"])
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    constants = {
        f"w{depth}": values["weight_ih"][None],
        f"r{depth}": values["weight_hh"][None],
        f"b{depth}": np.concatenate([values["bias_ih"], values["bias_hh"]])[None],
    }
    inputs = [steps, *constants, "counts"]
    nodes = [
        helper.make_node("LSTM", inputs, [f"all{depth}", f"last{depth}"], hidden_size=UNITS),
        helper.make_node("Squeeze", [f"all{depth}", "direction"], [f"steps{depth}"]),
    ]
    return nodes, [numpy_helper.from_array(value, name) for name, value in constants.items()]


def lstm_model(weights: dict[str, np.ndarray]) -> bytes:
    """Return the network from jets (T, B, F) and counts (B,) to logits (B, 2)."""
    (first, constants), (second, more) = layer(weights, 0, "jets"), layer(weights, 1, "steps0")
    constants += more
    constants += [
        numpy_helper.from_array(np.array([1]), "direction"),
        numpy_helper.from_array(np.array([0]), "first"),
        numpy_helper.from_array(np.ascontiguousarray(weights["out.weight"].T), "w"),
        numpy_helper.from_array(weights["out.bias"], "b"),
    ]
    nodes = [
        *first,
        second[0],
        helper.make_node("Squeeze", ["last1", "first"], ["state"]),
        helper.make_node("MatMul", ["state", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["logits"]),
    ]
    features = weights["lstm.weight_ih_l0"].shape[1]
    inputs = [
        helper.make_tensor_value_info("jets", TensorProto.FLOAT, ["T", "B", features]),
        helper.make_tensor_value_info("counts", TensorProto.INT32, ["B"]),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", 2])]
    graph = helper.make_graph(nodes, "lstm", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def score(session: onnxruntime.InferenceSession, test: Sample) -> np.ndarray:
    """Return the probability of the second class of every jet."""
    scores = np.empty(len(test.counts), np.float32)
    order = np.argsort(test.counts, kind="stable")
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        jets, counts = test.padded(rows)
        steps = np.ascontiguousarray(jets.transpose(1, 0, 2))
        logits = np.asarray(session.run(None, {"jets": steps, "counts": counts.astype(np.int32)})[0])
        scores[rows] = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    return scores


def main(folder: Path, threads: int) -> None:
    """Score several times, and write rates and scores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(lstm_model(dict(np.load(folder / "torch_weights.npz"))), options)
    test, scoring = Sample(folder / "test.npz"), []
    for _ in range(TIMED):
        start = perf_counter()
        scores = score(session, test)
        scoring.append(len(test.counts) / (perf_counter() - start))
    expected = np.load(folder / "torch_scores.npy")
    if not np.allclose(scores, expected, atol=1e-4):
        sys.exit(f"score_onnx.py: scores differ from PyTorch's by up to {np.abs(scores - expected).max():g}")
    (folder / "rates_onnx.json").write_text(json.dumps({"training": [], "scoring": scoring}), encoding="utf-8")
    np.save(folder / "rates_onnx.npy", scores)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
