"""Exported taggers in ONNX Runtime against Tagwerk and Keras's own layers: the same scores, and rates on one thread.

Run: python benchmarks/export.py [CARD ...] [--study demo] [--results results] [--seconds 1] [--largest 1000]

The study's jets must have been ingested. Each network has random weights, the normalisation of the study's dataset, and
the test jets as inputs. Output: the number of operators, the size of the file, the largest difference in probability
from Tagwerk with batches of 1, 2, 17 and 1,000 jets, or `--largest`, and jets per second with batches of 1 and of the
largest size of ONNX Runtime, of Tagwerk and of the same network with Keras's layers, the fastest of several passes.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
import onnxruntime
import tensorflow as tf

from tagwerk.arrays import Floats32
from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import ordering_of, schema_of
from tagwerk.cards.load_study import load_cards
from tagwerk.cards.tagger import Tagger
from tagwerk.cards.tagger_inputs import check_inputs
from tagwerk.errors import UserError
from tagwerk.exports.export import export
from tagwerk.layers.model_inputs import model_inputs
from tagwerk.layers.portable import packing_enabled, portable
from tagwerk.summaries.feature_lists import features_of
from tagwerk.summaries.summarise import summary_of
from tagwerk.training import network
from tagwerk.training.loading import Jets, load_jets
from tagwerk.training.model import TrainedModel, TrainingRecord

SIZES = (1, 2, 17)
TAGGERS = Path("config/taggers")

Inputs = dict[str, np.ndarray]
Scoring = Callable[[Inputs], Floats32]


def networks(names: list[str], dataset: Dataset, name: str) -> dict[str, Tagger]:
    """Return the cards of these networks, by default of all that the dataset has the inputs of."""
    cards = {path.stem: Tagger.load(path) for path in sorted(TAGGERS.glob("*.yaml")) if path.stem in names or not names}
    return {stem: card for stem, card in cards.items() if card.engine == "keras" and fits(stem, card, dataset, name)}


def fits(stem: str, card: Tagger, dataset: Dataset, name: str) -> bool:
    """Return whether a dataset has the inputs of a tagger."""
    try:
        check_inputs(TAGGERS / f"{stem}.yaml", card, dataset, name)
    except UserError:
        return False
    return True


def scorings(card: Tagger, dataset: Dataset, summary: Any) -> tuple[dict[str, Scoring], int, int]:
    """Return how each library scores a batch, and the operators and bytes of the exported file."""
    schema = schema_of(dataset, card.inputs)
    classes = [schema.classes[0]] if card.architecture == "encoder_decoder" else card.training.classes
    keras.utils.set_random_seed(1)
    model = card.build(model_inputs(schema, card.inputs, summary, classes))
    with portable():
        copy = card.build(model_inputs(schema, card.inputs, summary, classes))
        copy.set_weights(model.get_weights())
        of_keras = compiled(copy)
    record = TrainingRecord(
        name=card.title, tagger=card, schema_=schema, ordering=ordering_of(dataset, schema), pieces={}, seed=1,
        parameters=0, threads=1, training_jets=0, training_seconds=0, epochs=0, versions={},
    )  # fmt: skip
    proto = export(TrainedModel(model, None, record))
    content = proto.SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    names = {each.name for each in session.get_inputs()}

    def of_onnx(inputs: Inputs) -> Floats32:
        fed = {name: np.asarray(values, np.float32) for name, values in inputs.items() if name in names}
        return np.asarray(session.run(["scores"], fed)[0])

    found = {"ONNX Runtime": of_onnx, "Tagwerk": compiled(model), "Keras": of_keras}
    return found, len(proto.graph.node), len(content)


def compiled(model: keras.Model) -> Scoring:
    """Return a function of a batch that TensorFlow compiles, in the way of layers that is set now."""
    function = tf.function(lambda inputs: model(inputs, training=False)["scores"], reduce_retracing=True)
    packing = portable if not packing_enabled() else None

    def scores(inputs: Inputs) -> Floats32:
        fed = {name: inputs[name] for name in model.input}
        if packing is None:
            return np.asarray(function(fed))
        with packing():
            return np.asarray(function(fed))

    return scores


def rate(score: Scoring, batches: list[Inputs], seconds: float) -> float:
    """Return the jets per second of the fastest of several passes over these batches."""
    jets, best, end = sum(len(batch["jet"]) for batch in batches), np.inf, perf_counter() + seconds
    for batch in batches:
        score(batch)
    while perf_counter() < end or best == np.inf:
        start = perf_counter()
        for batch in batches:
            score(batch)
        best = min(best, perf_counter() - start)
    return jets / best


def batches_of(jets: Jets, size: int, count: int) -> list[Inputs]:
    """Return batches of this size, each padded to its longest jet."""
    rows = [np.arange(start, start + size) % len(jets) for start in range(0, size * count, size)]
    return [jets.inputs(each, max(int(jets.lengths()[each].max()), 1)) for each in rows]


def row(name: str, card: Tagger, dataset: Dataset, jets: Jets, summary: Any, largest: int, seconds: float) -> str:
    """Return the results of one network."""
    found, nodes, size = scorings(card, dataset, summary)
    differences = [
        max(float(np.abs(found["ONNX Runtime"](batch) - found["Tagwerk"](batch)).max()) for batch in batches)
        for batches in (batches_of(jets, each, max(1000 // each, 1) if each > 1 else 100) for each in (*SIZES, largest))
    ]
    rates = [
        f"{rate(score, batches_of(jets, each, 100 if each == 1 else 2), seconds):,.0f}"
        for each in (1, largest)
        for score in found.values()
    ]
    return " | ".join([f"{name:32s}", str(nodes), f"{size / 1e3:,.0f} kB", f"{max(differences):.1e}", *rates])


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cards", nargs="*")
    parser.add_argument("--study", default="demo")
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--largest", type=int, default=1000)
    options = parser.parse_args()
    network.prepare(1, 1)
    cards = load_cards(Path(f"config/studies/{options.study}.yaml"))
    dataset, name = cards.require_dataset(), cards.study.dataset
    parts = [options.results / f"datasets/{name}/jets/{part}" for part in cards.parts()]
    libraries, sizes = ("ONNX Runtime", "Tagwerk", "Keras"), (1, options.largest)
    print(
        " | ".join(
            ["card", "operators", "size", "difference", *(f"{each}, {size}" for size in sizes for each in libraries)]
        )
    )
    for stem, card in networks(options.cards, dataset, str(name)).items():
        summary = summary_of(parts, dataset, cards.study.fold, features_of(card.inputs))
        jets = load_jets(parts, ["test"], schema_of(dataset, card.inputs))
        print(row(stem, card, dataset, jets, summary, options.largest, options.seconds), flush=True)


if __name__ == "__main__":
    main()
