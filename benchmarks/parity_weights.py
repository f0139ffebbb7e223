"""Random weights of the authors' networks, and their variables in Tagwerk's; used by `parity.py` and a test.

Only NumPy is imported, since this module is shared with the environments of the authors' packages.
"""

import json
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[np.float64]]
Of = Callable[[Weights], npt.NDArray[np.float64]]


def draw(name: str, shape: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return reproducible random values for a weight of the authors' network, named and shaped as in PyTorch.

    Kernels are uniform with the variance of He's initialisation; scales and variances are between 0.5 and 1.5,
    biases, means and shifts between -0.2 and 0.2, so that no weight has a trivial value.
    """
    uniform = np.random.default_rng(zlib.crc32(name.encode())).random(shape)
    last = name.rpartition(".")[2]
    if last == "cls_token":
        return 2 * uniform - 1
    if len(shape) > 1:
        return (2 * uniform - 1) * np.sqrt(6 / np.prod(shape[1:]))
    return 0.5 + uniform if last in ("weight", "running_var", "c_attn", "w_resid") else 0.4 * uniform - 0.2


def draw_all(
    shapes: Mapping[str, Sequence[int]], output: str, gain: float, shift: float
) -> dict[str, npt.NDArray[Any]]:
    """Return all weights of a network.

    Args:
        shapes: of the weights, by name.
        output: name of the last layer.
        gain: factor on the last layer's weights, so that the scores of jets differ.
        shift: added to the second class's bias, so that neither class has all jets.
    """
    weights = {name: draw(name, shape) for name, shape in shapes.items()}
    weights[f"{output}.weight"] *= gain
    weights[f"{output}.bias"] *= gain
    weights[f"{output}.bias"][1] += shift
    return weights


def settle(
    logits: Callable[[Weights], npt.NDArray[np.float64]], shapes: Mapping[str, Sequence[int]], output: str
) -> dict[str, float]:
    """Return the gain and the shift of the last layer with which the logits of jets have mean 0 and deviation 1."""
    values = logits(draw_all(shapes, output, 1.0, 0.0))
    difference = values[:, 1] - values[:, 0]
    gain = float(f"{1 / difference.std():.3g}")
    return {"gain": gain, "shift": float(f"{-gain * difference.mean():.3g}")}


def projections(gradients: Sequence[npt.NDArray[np.float64]]) -> list[float]:
    """Return one number per gradient, its scalar product with random values."""
    return [float(np.sum(each * draw(f"projection {index}", each.shape))) for index, each in enumerate(gradients)]


def answer(folder: Path, make: Callable[[Mapping[str, Any], int], Any]) -> None:
    """Write the outputs and gradients of the authors' networks for every case in a folder.

    Args:
        folder: with `cases.json`, and the `jets` and the training `batch` of each case.
        make: returns a network of a case for this number of features.
    """
    for name, case in json.loads((folder / "cases.json").read_text(encoding="utf-8")).items():
        jets, batch = (dict(np.load(folder / f"{name}_{part}.npz")) for part in ("jets", "batch"))
        network = make(case, jets["features"].shape[2])

        def logits(weights: Weights, network: Any = network, jets: Weights = jets) -> npt.NDArray[np.float64]:
            network.set_weights(weights)
            return network.logits(jets)

        last = settle(logits, network.shapes, case["output"])
        weights = draw_all(network.shapes, case["output"], **last)
        outputs = {"logits": logits(weights), "tied": network.tied}
        outputs["training_logits"], gradients = network.train(batch)
        outputs |= {f"weight {key}": value for key, value in weights.items()}
        outputs |= {f"gradient {key}": value for key, value in gradients.items()}
        np.savez(folder / f"{name}_theirs.npz", allow_pickle=False, **outputs)
        report = {"shapes": network.shapes, "parameters": network.parameters, "last": last}
        (folder / f"{name}_theirs.json").write_text(json.dumps(report), encoding="utf-8")


@dataclass(frozen=True)
class Match:
    """A variable of Tagwerk's network.

    Attributes:
        variable: of Keras.
        value: its value from the weights of the authors' network.
        gradient: its gradient from theirs.
    """

    variable: Any
    value: Of
    gradient: Of


def matches(model: Any, network: str, names: Collection[str]) -> list[Match]:
    """Return the variables of a Keras model.

    Args:
        model: of one of Tagwerk's architectures.
        network: its name here, a key of `NETWORKS`.
        names: of the weights of the authors' network.
    """
    return list(NETWORKS[network](_layers(model), names))


def load(model: Any, network: str, weights: Weights) -> None:
    """Copy the weights of the authors' network to a Keras model.

    Raises:
        ValueError: not every variable of the model has a value.
    """
    found = matches(model, network, weights)
    if {id(match.variable) for match in found} != {id(variable) for variable in model.weights}:
        raise ValueError(f"not every variable of '{network}' has a counterpart")
    for match in found:
        match.variable.assign(match.value(weights).astype("float32"))


def _layers(model: Any) -> dict[str, list[Any]]:
    """Return a model's layers by class, in the order in which they were made; those of `RowLayers` one by one."""
    made: dict[str, list[Any]] = {}
    for layer in model.layers:
        made.setdefault(type(layer).__name__, []).append(layer)
    for of_class in made.values():
        # Keras numbers the names of the layers of a class; the last layer is named by hand.
        of_class.sort(
            key=lambda layer: np.inf if layer.name == "scores" else int((re.findall(r"_(\d+)$", layer.name) or [0])[0])
        )
    layers: dict[str, list[Any]] = {}
    for stack in made.pop("RowLayers", []):
        for (kind, *_), layer in zip(stack.steps, stack.sublayers, strict=True):
            layers.setdefault({"norm": "LayerNormalization", "dense": "Dense"}.get(kind, kind), []).append(layer)
    for kind, of_class in made.items():
        found = [layer.norm for layer in of_class] if kind == "PackedBatchNorm" else of_class
        layers.setdefault({"PackedBatchNorm": "BatchNormalization"}.get(kind, kind), []).extend(found)
    return layers


def _same(variable: Any, of: Of) -> Match:
    return Match(variable, of, of)


def _named(name: str) -> Of:
    """Return this weight; PyTorch's kernels have the axes of Keras's in the reverse order."""
    return lambda weights: weights[name].T


def _kernel(weight: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return PyTorch's weight of a linear layer or of a convolution of width 1 as Keras's kernel."""
    return weight.reshape(weight.shape[:2]).T


def _dense(layer: Any, name: str) -> Iterator[Match]:
    yield _same(layer.kernel, lambda weights: _kernel(weights[f"{name}.weight"]))
    if layer.use_bias:
        yield _same(layer.bias, lambda weights: weights[f"{name}.bias"])


def _norm(layer: Any, name: str, bias: str | None = None) -> Iterator[Match]:
    """Yield the variables of a normalisation; `bias` is that of a linear layer before it, which only shifts a mean."""
    yield _same(layer.gamma, lambda weights: weights[f"{name}.weight"])
    yield _same(layer.beta, lambda weights: weights[f"{name}.bias"])
    if hasattr(layer, "moving_mean"):
        yield _same(layer.moving_mean, lambda weights: weights[f"{name}.running_mean"] - (weights[bias] if bias else 0))
        yield _same(layer.moving_variance, lambda weights: weights[f"{name}.running_var"])


def _edge_conv(layer: Any, name: str) -> Iterator[Match]:
    """Yield the variables of weaver-core's `EdgeConvBlock`, whose first layer sees x_i and x_j - x_i."""
    first = f"{name}.convs.0.weight"

    def halves(weights: Weights) -> list[npt.NDArray[np.float64]]:
        return np.split(_kernel(weights[first]), 2)

    yield Match(layer.centre.kernel, lambda weights: np.subtract(*halves(weights)), lambda weights: halves(weights)[0])
    yield Match(layer.other.kernel, lambda weights: halves(weights)[1], lambda weights: np.add(*halves(weights)))
    for index, hidden in enumerate(layer.hidden, 1):
        yield from _dense(hidden, f"{name}.convs.{index}")
    yield from _dense(layer.shortcut, f"{name}.sc")
    *norms, last = layer.norms
    for index, norm in enumerate(norms):
        yield from _norm(norm, f"{name}.bns.{index}")
    yield from _norm(last, f"{name}.sc_bn")


def _head(dense: Sequence[Any], name: str, part: str = ".0") -> Iterator[Match]:
    """Yield the variables of the dense layers and of the output."""
    for index, layer in enumerate(dense):
        yield from _dense(layer, f"{name}.{index}{part if layer is not dense[-1] else ''}")


def _particle_net(layers: dict[str, list[Any]], _: Collection[str]) -> Iterator[Match]:
    first, *fusion = layers["BatchNormalization"]
    yield from _norm(first, "bn_fts")
    for index, layer in enumerate(layers["EdgeConv"]):
        yield from _edge_conv(layer, f"edge_convs.{index}")
    dense = layers["Dense"]
    for norm in fusion:
        yield from _dense(dense[0], "fusion_block.0")
        yield from _norm(norm, "fusion_block.1")
    yield from _head(dense[len(fusion) :], "fc")


def _attention(layer: Any, name: str) -> Iterator[Match]:
    """Yield the variables of queries, keys and values, which PyTorch has in one matrix, and of the output."""

    def third(kind: str, index: int) -> Of:
        return lambda weights: np.split(weights[f"{name}.in_proj.{kind}"], 3)[index].T

    for index, dense in enumerate((layer.query, layer.key, layer.value)):
        yield _same(dense.kernel, third("weight", index))
        yield _same(dense.bias, third("bias", index))
    yield from _dense(layer.out, f"{name}.out_proj")


def _reordered(found: Iterator[Match]) -> Iterator[Match]:
    """Yield variables whose first axis is the pair features, which weaver-core has as ln kT, ln z, ln Δ and ln m²."""

    def reordered(value: Of) -> Of:
        return lambda weights: value(weights)[[2, 0, 1, 3]]

    for match in found:
        yield _same(match.variable, reordered(match.value))


def _transformer(layers: dict[str, list[Any]], names: Collection[str]) -> Iterator[Match]:
    norms, dense, scales = (iter(layers[kind]) for kind in ("LayerNormalization", "Dense", "scale"))
    (first,), (token,) = layers["BatchNormalization"], layers["ClassToken"]
    yield from _norm(first, "embed.input_bn")
    blocks = sorted({name.rpartition(".attn.")[0] for name in names if ".attn." in name})  # class blocks come last
    for index in range(len(layers["LayerNormalization"]) - 4 * len(blocks) - 1):
        yield from _norm(next(norms), f"embed.embed.{3 * index}")
        yield from _dense(next(dense), f"embed.embed.{3 * index + 1}")
    for pair in layers.get("PairBias", []):
        yield from _reordered(_norm(pair.norms[0], "pair_embed.embed.0"))
        for index, (linear, norm) in enumerate(zip(pair.linear, pair.norms[1:], strict=True)):
            before = f"pair_embed.embed.{3 * index + 1}"
            yield from _dense(linear, before) if index else _reordered(_dense(linear, before))
            yield from _norm(norm, f"pair_embed.embed.{3 * index + 2}", f"{before}.bias")
    yield _same(token.token, lambda weights: weights["cls_token"][0])
    for name, attention in zip(blocks, layers["SelfAttention"] + layers["ClassAttention"], strict=True):
        yield from _attention(attention, f"{name}.attn")
        for part in ("pre_attn_norm", "post_attn_norm", "pre_fc_norm", "post_fc_norm"):
            yield from _norm(next(norms), f"{name}.{part}")
        for part in ("fc1", "fc2"):
            yield from _dense(next(dense), f"{name}.{part}")
        for part in ("c_attn", "w_resid"):
            yield _same(next(scales), _named(f"{name}.{part}"))
    yield from _norm(next(norms), "norm")
    yield from _head(list(dense), "fc")


def _deep_sets(layers: dict[str, list[Any]], names: Collection[str]) -> Iterator[Match]:
    constituent = sum(name.startswith("phi.") for name in names) // 2
    for index, layer in enumerate(layers["Dense"][:constituent]):
        yield from _dense(layer, f"phi.{index}")
    yield from _head(layers["Dense"][constituent:], "f", "")


def _p_cnn(layers: dict[str, list[Any]], names: Collection[str]) -> Iterator[Match]:
    norms, dense = iter(layers["BatchNormalization"]), iter(layers["Dense"])
    units = sorted({name.rpartition(".conv1.")[0] for name in names if ".conv1." in name})
    convolutions = ["fts_conv.1", *(f"{unit}.conv{index}" for unit in units for index in (1, 2))]
    for conv, name in zip(layers["MaskedConv"], convolutions, strict=True):
        yield _same(conv.conv.kernel, _named(f"{name}.weight"))
        yield _same(conv.conv.bias, _named(f"{name}.bias"))
    for name in ("fts_conv.0", "fts_conv.2", *(f"{unit}.bn{index}" for unit in units for index in (1, 2))):
        yield from _norm(next(norms), name)
    for unit in units:
        if f"{unit}.conv_sc.weight" in names:
            yield from _dense(next(dense), f"{unit}.conv_sc")
    yield from _head(list(dense), "fc")


NETWORKS = {
    "particle_net": _particle_net,
    "transformer": _transformer,
    "deep_sets": _deep_sets,
    "p_cnn": _p_cnn,
}
