"""A toy dataset small enough to check by hand, its cards, and the output of the stages."""

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
import yaml
from hypothesis import settings
from hypothesis import strategies as st

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Tagger
from tagwerk.readers.jet_record import jets_of, ordered, with_substructure
from tagwerk.summaries.summary import Summary
from tests import xrootd_client  # noqa: F401

# A shell starts what runs in the background with Ctrl-C ignored, and every process of a test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Independent of the developer's own Keras settings; `tests/layers/test_backends.py` selects another backend.
os.environ["KERAS_BACKEND"] = os.environ.get("TAGWERK_TEST_BACKEND", "tensorflow")
os.environ["KERAS_HOME"] = os.devnull


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the files with slow tests first, so that no worker waits for one of them in the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


# JAX compiles a layer again for each shape that an example has.
_EXAMPLES = 10 if os.environ.get("TAGWERK_TEST_BACKEND") == "jax" else 30
settings.register_profile("tagwerk", deadline=None, max_examples=_EXAMPLES)
settings.load_profile("tagwerk")

DATASET: dict[str, Any] = {
    "title": "Wide jets against narrow ones",
    "files": ["toy_0.root", "toy_1.root"],
    "event": ["event"],
    "jet": {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "jet_mass"},
    "classes": [
        {"name": "narrow", "label": "Narrow jets", "color": "#5790fc", "selection": "is_wide == 0"},
        {"name": "wide", "label": "Wide jets", "color": "#e42536", "selection": "is_wide == 1"},
    ],
    "sequences": {
        "constituents": {
            "pt": "c_pt", "eta": "c_eta", "phi": "c_phi", "energy": "c_energy", "extra": {"charge": "c_charge"},
            "trees": ["cambridge_aachen", "random"],
        }
    },
    "substructure": ["multiplicity", "width"],
}  # fmt: skip
_SEQUENCES = {"constituents": ["log_pt_share", "delta_eta", "delta_phi", "delta_r", "charge"]}
_TRAINING = {"batch_size": 32, "learning_rate": 0.02}
_HYPERPARAMETERS = {"units": [6], "dense": [4]}
TAGGERS: dict[str, dict[str, Any]] = {
    name: {"title": name, "color": "#7a21dd", "architecture": architecture, "inputs": inputs,
           "hyperparameters": hyperparameters, "training": training}
    for name, (architecture, inputs, hyperparameters, training) in {
        "lstm": ("recurrent", {"sequences": _SEQUENCES}, _HYPERPARAMETERS | {"cell": "lstm"}, _TRAINING),
        "gru": ("recurrent", {"sequences": _SEQUENCES}, _HYPERPARAMETERS | {"cell": "gru"}, _TRAINING),
        "boosted_trees": ("boosted_trees", {"scalars": ["mass", "width"]}, {"trees": 20, "smallest_leaf": 5}, {}),
    }.items()
}  # fmt: skip
STUDY: dict[str, Any] = {
    "title": "Toy", "dataset": "toy", "taggers": list(TAGGERS), "epochs": 3, "signal": "wide", "background": "narrow",
}  # fmt: skip
SEARCH: dict[str, Any] = {
    "title": "Toy search", "tagger": "lstm", "study": "toy", "trials": 4, "seed": 3,
    "pruning": {"epochs": 1, "trials": 2},
    "space": {
        "training.learning_rate": {"low": 0.001, "high": 0.1, "log": True},
        "training.batch_size": {"low": 16, "high": 64, "step": 16},
        "hyperparameters.units": {"choices": [[4], [6], [4, 4]]},
    },
}  # fmt: skip

_SCALARS = {"scalars": ["mass", "width"]}
_TREES = {"constituents_cambridge_aachen": ["log_pt", "delta_eta", "delta_phi", "lund_kt", "lund_z"]}
_INPUTS = {
    "scalars": _SCALARS,
    "one sequence": {"sequences": _SEQUENCES},
    "one sequence or more": {"sequences": _SEQUENCES},
    "one tree": {"trees": _TREES},
    "one tree or more": {"trees": _TREES},
}

# One constituent: pt, eta, phi, energy, with any value that a detector may give, including zero.
_CONSTITUENT = st.tuples(
    st.floats(0, 1000, width=32),
    st.floats(-3, 3, width=32),
    st.floats(-3.125, 3.125, width=32),
    st.floats(0, 5000, width=32),
)


def jet_array(*jets: list[tuple[float, ...]], axis: tuple[float, float] = (0.0, 0.0)) -> ak.Array:
    """Jet records from lists of (pt, eta, phi, energy); every jet has pT 100 and mass 10 along `axis`."""
    flat = np.array([constituent for jet in jets for constituent in jet], np.float32).reshape(-1, 4)
    columns = ak.zip(dict(zip(("pt", "eta", "phi", "energy"), flat.T, strict=True)))
    one = np.ones(len(jets), np.float32)
    return ak.zip(
        {
            "event": np.arange(len(jets), dtype=np.uint64),
            "jet": ak.zip({"pt": 100 * one, "eta": axis[0] * one, "phi": axis[1] * one, "mass": 10 * one}),
            "constituents": ak.unflatten(columns, [len(jet) for jet in jets]),
        },
        depth_limit=1,
    )


@st.composite
def jets(draw: st.DrawFn, min_constituents: int = 0) -> ak.Array:
    """One to six jets, each with `min_constituents` to eight constituents."""
    jet = st.lists(_CONSTITUENT, min_size=min_constituents, max_size=8)
    return jet_array(*draw(st.lists(jet, min_size=1, max_size=6)))


def write_card(path: Path, card: Any) -> Path:
    """Write a card as YAML, or text unchanged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(card if isinstance(card, str) else yaml.safe_dump(card, sort_keys=False))
    return path


def changed(card: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return the card with a new value at a key such as `jet.pt`; None removes the key."""
    first, _, rest = key.partition(".")
    if rest:
        return card | {first: changed(card[first], rest, value)}
    others = {name: section for name, section in card.items() if name != first}
    return others if value is None else others | {first: value}


def jet_records(branches: ak.Array, card: Dataset, source: str, **options: Any) -> ak.Array:
    """Return the jet records that ingest would write for these branches."""
    return with_substructure(ordered(jets_of(branches, card, source, **options), card), card).records()


def architecture_card(architecture: str) -> dict[str, Any]:
    """Return a toy tagger card of an architecture with its default hyperparameters."""
    inputs = _INPUTS[import_module(f"tagwerk.taggers.{architecture}").INPUTS]
    inputs = {"scalars": ["mass"]} if architecture == "one_variable" else inputs
    inputs = inputs | _SCALARS if architecture == "combined" else inputs
    training = {"classes": ["narrow"]} if architecture == "encoder_decoder" else {}
    return {"title": "x", "color": "#000000", "architecture": architecture, "inputs": inputs, "training": training}


def toy_branches(first: int, count: int) -> dict[str, Any]:
    """Branches of `count` toy jets, numbered from `first`: two per event, unordered constituents, some jets empty."""
    random = np.random.default_rng(first)
    index = np.arange(first, first + count)
    wide = random.permutation(index % 2)
    counts = random.integers(0, 16, count)
    counts[:2] = 0, 15
    eta, phi = random.uniform(-2, 2, count), random.uniform(-np.pi, np.pi, count)
    spread = np.repeat(np.where(wide, 0.4, 0.1), counts)
    c_pt = random.exponential(20, counts.sum()) + 1
    c_eta = np.repeat(eta, counts) + random.normal(0, spread)
    c_phi = np.mod(np.repeat(phi, counts) + random.normal(0, spread) + np.pi, 2 * np.pi) - np.pi
    constituents = {"c_pt": c_pt, "c_eta": c_eta, "c_phi": c_phi, "c_energy": c_pt * np.cosh(c_eta)}
    constituents |= {"c_charge": random.integers(-1, 2, counts.sum()).astype(float)}
    return {
        "event": index // 2,
        "is_wide": wide.astype(np.int32),
        "jet_pt": random.uniform(500, 600, count),
        "jet_eta": eta,
        "jet_phi": phi,
        "jet_mass": np.where(wide, 120, 80) + random.normal(0, 20, count),
    } | {name: ak.unflatten(values.astype(np.float32), counts) for name, values in constituents.items()}


def without_checksum(text: str) -> str:
    """Return a stage's JSON output without its checksum, so that it can be edited."""
    return json.dumps({name: value for name, value in json.loads(text).items() if name not in ("files", "sha256")})


def write_root(path: Path, branches: dict[str, Any], tree: str = "jets") -> Path:
    """Write branches as a TTree."""
    with uproot.recreate(path) as file:
        types = {
            name: "var * float32" if isinstance(values, ak.Array) else values.dtype for name, values in branches.items()
        }
        file.mktree(tree, types)
        if len(branches["event"]):
            file[tree].extend(branches)
    return path


@dataclass(frozen=True)
class Toy:
    """Paths of the toy dataset, its cards and the output of the stages."""

    root: Path

    @property
    def files(self) -> list[Path]:
        return [self.root / "toy_0.root", self.root / "toy_1.root"]

    @property
    def card(self) -> Path:
        return self.root / "config/datasets/toy.yaml"

    @property
    def study(self) -> Path:
        return self.root / "config/studies/toy.yaml"

    @property
    def search(self) -> Path:
        return self.root / "config/searches/toy.yaml"

    @property
    def parts(self) -> list[Path]:
        return [self.root / "jets/toy_0", self.root / "jets/toy_1"]

    @property
    def summary(self) -> Path:
        return self.root / "summary.json"

    def tagger(self, name: str) -> Path:
        return self.root / f"config/taggers/{name}.yaml"

    def load(self) -> tuple[Dataset, Summary]:
        return Dataset.load(self.card), Summary.load(self.summary)

    def load_tagger(self, name: str, **training: Any) -> Tagger:
        card = TAGGERS[name]
        return Tagger.model_validate(card | {"training": card["training"] | training})


def write_cards(root: Path) -> Toy:
    """Write all cards of the toy study."""
    toy = Toy(root)
    write_card(toy.card, DATASET)
    write_card(toy.study, STUDY)
    write_card(toy.search, SEARCH)
    for name, card in TAGGERS.items():
        write_card(toy.tagger(name), card)
    return toy


def write_toy(root: Path) -> Toy:
    """Write all cards of the toy study, and 200 jets in two files."""
    toy = write_cards(root)
    for index, file in enumerate(toy.files):
        write_root(file, toy_branches(100 * index, 100))
    return toy


def with_truth(branches: dict[str, Any]) -> dict[str, Any]:
    """Return toy branches with one more, the truth: 1 for constituents of wide jets far from the jet axis."""
    far = (abs(branches["c_eta"] - branches["jet_eta"]) > 0.2) & (branches["is_wide"] == 1)
    return branches | {"c_far": ak.values_astype(far, np.float32)}


def run(*arguments: Any) -> int:
    """Run `tagwerk` with these arguments in this process; return its exit status."""
    from tagwerk.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tagwerk", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
    return int(end.value.code or 0)


def train_and_score(toy: Toy, tagger: str, folder: Path, epochs: int = 20) -> list[list[Any]]:
    """Return the arguments of the two commands that train a toy tagger and score the test jets."""
    model, scores = folder / tagger / "model", folder / tagger / "scores"
    options = ["--out", model, "--epochs", epochs, "--seed", 3]
    train = ["train", toy.tagger(tagger), toy.card, toy.summary, *toy.parts, *options]
    return [train, ["score", model, "--out", scores, *toy.parts]]


@contextmanager
def few_open_files(more: int) -> Iterator[None]:
    """Allow only as many files more to be open at a time."""
    largest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (largest + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(autouse=True)
def initial_weights() -> None:
    """Let networks start from the same weights in every run: a few ReLU units may all be zero by chance."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(1)


@pytest.fixture
def config(tmp_path: Path) -> Toy:
    """The toy study's cards, for a test to modify."""
    return write_cards(tmp_path)


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The toy study, ingested and summarised; read-only."""
    return ingest_and_summarise(write_toy(tmp_path_factory.mktemp("toy")))


@pytest.fixture(scope="session")
def toy_with_truth(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The toy study with the truth of every constituent; read-only."""
    toy = write_cards(tmp_path_factory.mktemp("with_truth"))
    for index, file in enumerate(toy.files):
        write_root(file, with_truth(toy_branches(100 * index, 100)))
    write_card(toy.card, changed(DATASET, "sequences.constituents.truth", "c_far"))
    return ingest_and_summarise(toy)


def ingest_and_summarise(toy: Toy) -> Toy:
    """Ingest and summarise the files of the toy study; return it."""
    for file, part in zip(toy.files, toy.parts, strict=True):
        assert run("ingest", toy.card, file, "--out", part) == 0
    assert run("summarise", toy.card, "--out", toy.summary, *toy.parts) == 0
    return toy


@pytest.fixture(scope="session")
def tensorflow() -> None:
    """Configure TensorFlow with one thread before anything else uses it."""
    from tagwerk.training import network

    network.prepare(1, 1)


@pytest.fixture(scope="session")
def toy_runs(toy: Toy, tensorflow: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model and the scores of every toy tagger; read-only."""
    folder = tmp_path_factory.mktemp("toy_runs")
    for tagger in ("lstm", "gru", "boosted_trees"):
        for arguments in train_and_score(toy, tagger, folder):
            assert run(*arguments) == 0
    return folder
