"""Tagwerk's networks against their authors' code, with the same weights on the same jets.

Run: python benchmarks/parity.py STUDY --torch PYTHON --energyflow PYTHON [--networks FOLDER] [--results results]
     [--jets 200] [--cards CARD ...] [--pin FILE]

STUDY is a card in config/studies whose jets have been ingested. The interpreters are of two other environments:

    python -m venv torch && torch/bin/pip install torch weaver-core
    python -m venv energyflow
    energyflow/bin/pip install "numpy<2" "ml-dtypes<0.6" tensorflow tf_keras scikit-learn energyflow

FOLDER is `networks` in a clone of https://github.com/jet-universe/particle_transformer, for P-CNN.

All weights and running statistics are random, and none has a trivial value. The authors' networks compute in double
precision, Tagwerk's in single. Compared are the probabilities of real jets, and in training mode, for a batch without
padding and without dropout, probabilities and gradients. Left out of the first comparison are jets that differ by
intention: those with at most as many constituents as ParticleNet takes neighbours, for which weaver takes padding as
neighbours; and those where the rounding of single precision decides which constituent is nearer. `--pin` writes small
cases for tests/taggers/test_parity.py.
"""

import argparse
import json
import math
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from parity_weights import load, matches, projections

from tagwerk.cards.input_columns import schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.jets.pair_features import pair_kinematics
from tagwerk.layers.model_inputs import model_inputs
from tagwerk.layers.schema import FeatureMoments, Schema
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summary_of
from tagwerk.training.loading import Inputs, Jets, load_jets

TAGGERS = Path("config/taggers")
PEERS = {
    "particle_net": "weaver-core",
    "transformer": "weaver-core",
    "p_cnn": "Particle Transformer's examples",
    "deep_sets": "energyflow",
}
# Of the pinned cases: hyperparameters that make the networks of cards small.
PINNED: dict[str, dict[str, Any]] = {
    "particle_net": {"neighbours": 3, "blocks": [[12, 12], [16, 14]], "dense": [8]},
    "particle_net_published": {"neighbours": 4, "blocks": [[8, 8], [12, 12], [16, 16]], "dense": [8]},
    "particle_transformer": {"embedding": [12, 16], "width": 8, "heads": 2, "blocks": 2, "pairs": [6, 5]},
    "particle_transformer_published": {"embedding": [8], "width": 12, "heads": 3, "blocks": 1, "pairs": [6]},
    "particle_flow_published": {"constituent": [10, 12], "dense": [8]},
    "energy_flow_published": {"constituent": [10, 12], "dense": [8]},
    "p_cnn_published": {"first": 8, "stages": [[8, 10], [12, 12]], "dense": [8]},
}
COMPARED = ("particle_net_lite_published", "particle_transformer", "transformer", "deep_sets", "energy_flow")
PINNED_JETS, PINNED_CONSTITUENTS = 8, 20


@dataclass(frozen=True)
class Sample:
    """Jets to compare, and a training batch without padding, with labels."""

    jets: Inputs
    batch: Inputs
    label: np.ndarray


def card(name: str, changes: Mapping[str, Any]) -> Tagger:
    """Return a card with some hyperparameters changed, without dropout, and with sums that are not divided."""
    tagger = Tagger.load(TAGGERS / f"{name}.yaml")
    settings = tagger.all_hyperparameters
    same = {"dropout": 0.0} | ({"scale": 1.0} if "scale" in settings and not settings["infrared_safe"] else {})
    return Tagger.model_validate(
        tagger.model_dump() | {"hyperparameters": tagger.hyperparameters | same | dict(changes)}
    )


def request(tagger: Tagger, dropout: float = 0.0) -> dict[str, Any]:
    """Return what a peer's script needs to build the network of this card, with dropout after its dense layers."""
    chosen, network = tagger.all_hyperparameters, tagger.architecture
    dense = [[width, dropout] for width in chosen["dense"]]
    output = f"{'f' if network == 'deep_sets' else 'fc'}.{len(dense)}"
    if network == "particle_net":
        options = {
            "conv_params": [[chosen["neighbours"], widths] for widths in chosen["blocks"]],
            "fc_params": dense,
            "use_fusion": chosen["fusion"] is not None,
        }
    elif network == "transformer":
        options = {
            "embed_dims": [*chosen["embedding"], chosen["width"]],
            "num_heads": chosen["heads"],
            "num_layers": chosen["blocks"],
            "num_cls_layers": chosen["class_blocks"],
            "pair_embed_dims": chosen["pairs"] or None,
            "use_pre_activation_pair": not chosen["pair_activation"],
            "fc_params": dense,
        }
    elif network == "p_cnn":
        options = {"conv_params": [[chosen["first"]], *chosen["stages"]], "fc_params": dense}
    else:
        options = {"Phi_sizes": chosen["constituent"], "F_sizes": chosen["dense"]}
    return {"network": network, "output": output, "infrared_safe": chosen.get("infrared_safe"), "options": options}


def peer_arrays(tagger: Tagger, schema: Schema, moments: FeatureMoments, inputs: Inputs) -> Inputs:
    """Return the inputs of the authors' network for these inputs of Tagwerk's."""
    begin = model_inputs(schema, tagger.inputs, moments)
    outputs = {"features": begin.sequence[0], "points": begin.raw("delta_eta", "delta_phi")}
    arrays = keras.Model(begin.inputs, outputs).predict_on_batch(inputs)
    pt, eta, phi, _ = np.moveaxis(inputs["constituents"][..., :4].astype("float64"), -1, 0)
    momenta = np.stack([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=-1)
    # An energy in single precision gives a random mass: take Tagwerk's.
    mass2 = pair_kinematics(np, *np.moveaxis(inputs["constituents"][..., :4], -1, 0))[3].astype("float64")
    energy = np.sqrt((momenta**2).sum(axis=-1) + mass2)
    shares = pt / np.maximum(pt.sum(axis=1, keepdims=True), 1e-30)
    momenta = np.concatenate([momenta, energy[..., None]], axis=-1)
    return arrays | {"momenta": momenta, "shares": shares, "mask": inputs["constituents_mask"]}


def compared_sample(jets: Jets, count: int) -> Sample:
    """Return test jets, a tenth of them the shortest, and a batch of the hardest constituents of others."""
    lengths = jets.lengths()
    order = np.argsort(lengths, kind="stable")
    others = np.random.default_rng(1).permutation(order[count // 10 :])[: count - count // 10]
    rows = np.concatenate([order[: count // 10], others])
    return Sample(jets.inputs(rows, int(lengths[rows].max())), *training_batch(jets, 32, 24))


def pinned_sample(jets: Jets) -> Sample:
    """Return a few jets, half of them short, and a batch."""
    lengths = jets.lengths()
    short = [int(np.flatnonzero(lengths == count)[0]) for count in (8, 10, 12, 15)]
    rows = np.array([*short, *np.flatnonzero(lengths >= PINNED_CONSTITUENTS)[: PINNED_JETS - len(short)]])
    inputs = jets.inputs(rows, int(lengths[rows].max()))
    inputs = {name: each if name == "jet" else each[:, :PINNED_CONSTITUENTS] for name, each in inputs.items()}
    return Sample(inputs, *training_batch(jets, 6, PINNED_CONSTITUENTS))


def training_batch(jets: Jets, size: int, constituents: int) -> tuple[Inputs, np.ndarray]:
    """Return the hardest constituents of jets with at least that many, of both classes, and the labels."""
    lengths = jets.lengths()
    rows = np.concatenate(
        [np.flatnonzero((lengths >= constituents) & (jets.label == label))[10 : 10 + size // 2] for label in (0, 1)]
    )
    inputs = jets.inputs(rows, int(lengths[rows].max()))
    return {name: each if name == "jet" else each[:, :constituents] for name, each in inputs.items()}, jets.label[rows]


@dataclass(frozen=True)
class Outputs:
    """Probabilities of the second class, (N,), those of the training batch, and the gradients of its loss."""

    scores: np.ndarray
    training: np.ndarray
    gradients: list[np.ndarray]


@dataclass(frozen=True)
class Result:
    """Both networks of a card.

    Attributes:
        tagger: the card.
        report: of the authors' network: shapes of the weights, number of parameters, gain and shift of the last layer.
        parameters: number of Tagwerk's network.
        tied: of each jet, whether rounding decides its neighbours.
        theirs, ours: the outputs.
    """

    tagger: Tagger
    report: dict[str, Any]
    parameters: int
    tied: np.ndarray
    theirs: Outputs
    ours: Outputs


def run(
    taggers: Mapping[str, Tagger], schema: Schema, moments: FeatureMoments, sample: Sample, options: Any
) -> Iterator[Result]:
    """Yield the outputs of both networks of each card."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for name, tagger in taggers.items():
            np.savez(
                folder / f"{name}_jets.npz", allow_pickle=False, **peer_arrays(tagger, schema, moments, sample.jets)
            )
            arrays = peer_arrays(tagger, schema, moments, sample.batch)
            np.savez(folder / f"{name}_batch.npz", allow_pickle=False, label=sample.label, **arrays)
        ask_peers(folder, taggers, options)
        for name, tagger in taggers.items():
            with np.load(folder / f"{name}_theirs.npz") as arrays:
                theirs = dict(arrays)
            report = json.loads((folder / f"{name}_theirs.json").read_text(encoding="utf-8"))
            yield result(tagger, schema, moments, sample, theirs, report)


def ask_peers(folder: Path, taggers: Mapping[str, Tagger], options: Any) -> None:
    """Run the scripts in the peers' environments."""
    safe = [name for name, tagger in taggers.items() if tagger.architecture == "deep_sets"]
    networks = [] if options.networks is None else [str(options.networks)]
    for python, script, more in (
        (options.energyflow, "parity_energyflow.py", []),
        (options.torch, "parity_weaver.py", networks),
    ):
        of_peer = {name: request(taggers[name]) for name in taggers if (name in safe) == ("energyflow" in script)}
        (folder / "cases.json").write_text(json.dumps(of_peer), encoding="utf-8")
        subprocess.run([python, str(Path(__file__).with_name(script)), str(folder), *more], check=True)


def result(
    tagger: Tagger, schema: Schema, moments: FeatureMoments, sample: Sample,
    theirs: Mapping[str, np.ndarray], report: dict[str, Any],
) -> Result:  # fmt: skip
    """Return the outputs of both networks, Tagwerk's with the weights of the authors'."""
    weights, gradients = (part_of(theirs, kind) for kind in ("weight", "gradient"))
    keras.backend.clear_session()
    model = tagger.build(model_inputs(schema, tagger.inputs, moments))
    load(model, tagger.architecture, weights)
    trained = [match for match in matches(model, tagger.architecture, weights) if match.variable.trainable]
    reference = Outputs(
        probability(theirs["logits"]), probability(theirs["training_logits"]),
        [match.gradient(gradients) for match in trained],
    )  # fmt: skip
    ours = outputs_of(model, [match.variable for match in trained], sample)
    return Result(tagger, report, model.count_params() - untrained(model), theirs["tied"], reference, ours)


def part_of(arrays: Mapping[str, np.ndarray], kind: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names begin with this word, without it."""
    return {name.removeprefix(f"{kind} "): each for name, each in arrays.items() if name.startswith(f"{kind} ")}


def probability(logits: np.ndarray) -> np.ndarray:
    """Return the probability of the second of two classes."""
    return 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))


def untrained(model: keras.Model) -> int:
    """Return the number of running means and variances."""
    return sum(math.prod(variable.shape) for variable in model.non_trainable_variables)


def outputs_of(model: keras.Model, variables: list[keras.Variable], sample: Sample) -> Outputs:
    """Return the outputs of Tagwerk's network; its running statistics change."""
    import tensorflow as tf

    scores = model.predict_on_batch(sample.jets)["scores"][:, 1]
    with tf.GradientTape() as tape:
        training = model(sample.batch, training=True)["scores"]
        loss = -tf.reduce_mean(tf.math.log(tf.gather(training, sample.label, axis=1, batch_dims=1)))
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    return Outputs(scores, training[:, 1].numpy(), [tf.convert_to_tensor(each).numpy() for each in gradients])


def row(name: str, found: Result, counts: np.ndarray) -> str:
    """Return a row of the table."""
    theirs, ours = found.theirs, found.ours
    short = counts <= found.tagger.all_hyperparameters.get("neighbours", 0)
    compared = ~short & ~found.tied
    scale = max(float(np.abs(each).max()) for each in theirs.gradients)
    gradient = max(float(np.abs(a - b).max()) for a, b in zip(theirs.gradients, ours.gradients, strict=True))
    cells = (
        f"{found.tagger.title} (`{name}`)", PEERS[found.tagger.architecture],
        f"{found.report['parameters']:,}", f"{found.parameters:,}",
        compared.sum(), short.sum(), (found.tied & ~short).sum(),
        f"{theirs.scores.std():.2f}", f"{np.abs(theirs.scores - ours.scores)[compared].max():.1e}",
        f"{np.abs(theirs.training - ours.training).max():.1e}", f"{gradient / scale:.1e}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def pinned(found: Result) -> dict[str, Any]:
    """Return a case for the test, with the outputs of the authors' network."""
    if found.tied.any():
        raise SystemExit(f"rounding decides neighbours of jets {np.flatnonzero(found.tied)}; pin others")
    return {
        "card": found.tagger.model_dump(mode="json"),
        **{name: found.report[name] for name in ("shapes", "last")},
        "output": request(found.tagger)["output"],
        "scores": found.theirs.scores.round(8).tolist(),
        "training": found.theirs.training.round(8).tolist(),
        "gradients": [float(f"{value:.8g}") for value in projections(found.theirs.gradients)],
    }


def lines(file: Mapping[str, Any]) -> str:
    """Return JSON with a line per key, and per case."""
    cases = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in file["cases"].items())
    others = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in file.items() if name != "cases")
    return "{" + ",\n".join(others) + ',\n"cases": {\n' + cases + "\n}}\n"


def main() -> None:
    """Print the table, or write the pinned cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--torch", required=True)
    parser.add_argument("--energyflow", required=True)
    parser.add_argument("--networks", type=Path)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--jets", type=int, default=200)
    parser.add_argument("--cards", nargs="+", default=[*PINNED, *COMPARED])
    parser.add_argument("--pin", type=Path)
    options = parser.parse_args()
    sizes = PINNED if options.pin else {name: {} for name in options.cards}
    taggers = {name: card(name, changes) for name, changes in sizes.items()}
    taggers = {name: each for name, each in taggers.items() if options.networks or each.architecture != "p_cnn"}
    cards = load_cards(Path(f"config/studies/{options.study}.yaml"))
    dataset = cards.require_dataset()
    parts = [options.results / f"datasets/{cards.study.dataset}/jets/{part}" for part in cards.parts()]
    every = card("particle_net", {}).inputs
    schema, moments = schema_of(dataset, every), summary_of(parts, dataset, cards.study.fold, features_of(every))
    jets = load_jets(parts, dataset.split.pieces(cards.study.fold)["test"], schema)
    sample = pinned_sample(jets) if options.pin else compared_sample(jets, options.jets)
    results = run(taggers, schema, moments, sample, options)
    if options.pin:
        cases = {name: pinned(found) for name, found in zip(taggers, results, strict=True)}
        names = {feature for tagger in taggers.values() for feature in tagger.inputs.sequences["constituents"]}
        file = {
            "made by": "benchmarks/parity.py --pin",
            "schema": asdict(schema),
            "moments": {"constituents": {name: moments.moments["constituents"][name] for name in sorted(names)}},
            "jets": {name: each.tolist() for name, each in sample.jets.items()},
            "batch": {name: each.tolist() for name, each in sample.batch.items()},
            "label": sample.label.tolist(),
            "cases": cases,
        }
        options.pin.write_text(lines(file), encoding="utf-8")
        return
    columns = ("parameters there", "here", "jets", "short", "ties", "deviation", "scores", "training", "gradients")
    print(f"| network | authors' code | {' | '.join(columns)} |")
    print(f"|---|---|{'---:|' * len(columns)}")
    for name, found in zip(taggers, results, strict=True):
        print(row(name, found, sample.jets["constituents_mask"].sum(axis=1)))


if __name__ == "__main__":
    main()
