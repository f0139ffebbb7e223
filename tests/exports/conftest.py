"""Taggers of all shipped cards with random weights, random jets for them, and their exported models."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.input_columns import ordering_of, schema_of
from tagwerk.cards.tagger import Tagger
from tagwerk.jets.features import PT_ETA_PHI_ENERGY
from tagwerk.jets.nodes import MERGE_FIELDS
from tagwerk.jets.pad import pad
from tagwerk.jets.ragged import Ragged
from tagwerk.jets.trees import build_trees, merge_momenta
from tagwerk.training.model import TrainedModel, TrainingRecord

CONFIG = Path(__file__).parents[2] / "config"
CARDS = {path.stem: Tagger.load(path) for path in sorted((CONFIG / "taggers").glob("*.yaml"))}
NETWORKS = [name for name, card in CARDS.items() if card.engine == "keras"]
_DATASETS = {"tau_core": "tau_core", "tau": "tau", "track": "tau", "jetclass": "jetclass", "exact": "exact"}


def dataset_of(name):
    """The dataset that a shipped card is for."""
    stem = next((dataset for prefix, dataset in _DATASETS.items() if name.startswith(prefix)), "top")
    return Dataset.load(CONFIG / f"datasets/{stem}.yaml")


class _Ones(dict):
    def __missing__(self, key):
        return (0.5, 2.0)


class _Moments(dict):
    def __missing__(self, key):
        return _Ones()


def trained(name, **changes):
    """A shipped tagger with weights so spread that every input affects the scores."""
    return trained_on(name, CARDS[name], dataset_of(name), **changes)


def trained_on(name, card, dataset, **changes):
    """A tagger for a dataset with such weights."""
    from tagwerk.layers.model_inputs import model_inputs

    schema = schema_of(dataset, card.inputs)
    summary = SimpleNamespace(moments=_Moments(), ranges={})
    classes = [schema.classes[0]] if card.architecture == "encoder_decoder" else card.training.classes
    model, random = card.build(model_inputs(schema, card.inputs, summary, classes)), np.random.default_rng(8)
    for weight in model.weights:
        if weight.dtype == "float32":
            width = np.sqrt(np.prod(weight.shape[:-1])) if len(weight.shape) > 1 else 2
            ones = weight.name in ("gamma", "moving_variance")
            weight.assign(random.uniform(0.5, 1.5, weight.shape) if ones else random.normal(0, 1 / width, weight.shape))
    return TrainedModel(model, None, record_of(name, card, schema, ordering_of(dataset, schema), **changes))


def record_of(name, card, schema, ordering, max_length=None):
    """A record of a training, with another maximum number of constituents if one is given."""
    if max_length is not None:
        ordering = {key: order.model_copy(update={"max_length": max_length}) for key, order in ordering.items()}
    return TrainingRecord(
        name=name,
        tagger=card,
        schema_=schema,
        ordering=ordering,
        pieces={},
        seed=1,
        parameters=1,
        threads=1,
        training_jets=1,
        training_seconds=1,
        epochs=1,
        versions={},
    )


def jets_for(schema, counts, length=None, seed=1):
    """Random jets with these numbers of constituents in descending order of pT, padded to a length, as a batch."""
    random, counts = np.random.default_rng(seed), np.asarray(counts)
    length = max(counts.max(initial=0), 1) if length is None else length
    mask, jets = np.arange(length) < counts[:, None], {}
    jet = {"pt": 500 + 100 * random.uniform(size=len(counts)), "mass": 100 * random.uniform(size=len(counts))}
    columns = [jet.get(name, random.normal(0, 0.5, len(counts))) for name in schema.scalars]
    jets["jet"] = np.stack(columns, axis=1).astype("float32")
    for name, fields in schema.sequences.items():
        if name in schema.trees:
            continue
        values = {field: random.normal(0, 1, mask.shape) for field in fields}
        values["pt"] = -np.sort(-random.exponential(20, mask.shape) - 0.1, axis=1)
        values |= {axis: random.normal(0, 0.3, mask.shape) for axis in ("eta", "phi")}
        values["energy"] = values["pt"] * np.cosh(values["eta"]) * random.uniform(1, 1.01, mask.shape)
        values |= {field: np.abs(values[field]) for field in fields if field.endswith("error")}
        stacked = np.where(mask[..., None], np.stack([values[field] for field in fields], axis=-1), 0)
        jets[name], jets[f"{name}_mask"] = stacked.astype("float32"), mask
    return jets | trees_of(schema, jets)


def trees_of(schema, jets):
    """The merges of all trees of these jets, padded like their constituents."""
    trees = {}
    for name, sequence in schema.trees.items():
        mask, topology = jets[f"{sequence}_mask"], name.removeprefix(f"{sequence}_")
        columns = jets[sequence][mask].T
        flat = Ragged(dict(zip(PT_ETA_PHI_ENERGY, columns, strict=False)), mask.sum(axis=1))
        merges = build_trees(flat, topology, np.arange(len(mask), dtype=np.uint64))
        values = {**merges.values, **merge_momenta(flat, merges).values}
        content = np.stack([values[field] for field in MERGE_FIELDS], axis=1)
        trees[name], trees[f"{name}_mask"] = pad(content, merges.starts, merges.counts, mask.shape[1])
    return trees


class Session:
    """An exported model in ONNX Runtime, on one thread."""

    def __init__(self, proto):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, jets, output="scores"):
        """An output for a batch of jets."""
        names = {each.name for each in self.session.get_inputs()}
        fed = {name: values.astype("float32") for name, values in jets.items() if name in names}
        return self.session.run([output], fed)[0]


@pytest.fixture(scope="module", params=NETWORKS)
def network(request, tensorflow):
    """Every shipped network, and its exported model."""
    from tagwerk.exports.export import export

    tagger = trained(request.param)
    return tagger, Session(export(tagger))
