"""What CONTRIBUTING says that an addition takes is all that it takes: one of each is added to a copy by the recipe."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]

ARCHITECTURE = '''
"""A network of one layer."""

from typing import Any

ENGINE = "keras"
INPUTS = "scalars"


def build(inputs: Any, *, size: int = 8) -> Any:
    """Return the network."""
    raise NotImplementedError
'''
METRIC = '''
"""The fraction of signal jets above one half."""

from tagwerk.evaluation.metrics import Metric

METRIC = Metric(
    label="Above", definition="fraction above one half", source="a test",
    value=lambda sample, score: float((score > 0.5).mean()),
    replicas=lambda resampling: resampling.weight.mean(axis=1),
)
'''
FIGURE = '''
"""An empty figure."""

import pandas as pd
from matplotlib.figure import Figure

from tagwerk.plots.report_figure import ReportFigure

FIGURE = ReportFigure(
    section="scores",
    draw=lambda _: Figure(),
    alt=lambda _: "Nothing.",
    caption=lambda _: "Nothing.",
    numbers=lambda _: pd.DataFrame(),
)
'''
LAYOUT = '''
"""Files of no jets."""


def entries(file, dataset):
    """Return the number of rows."""
    return 42


def read(file, dataset, tally, step):
    """Yield nothing."""
    yield from ()
'''
STAGE = '''
"""Count the jets of a file."""

from pathlib import Path


def count(file: Path) -> None:
    """Count the jets of a file."""
    print(f"{file} was counted")
'''
FEATURE = '''def log_two(view: JetView) -> Tensor:
    """Return ln 2."""
    return _log(view, 2 + 0 * view.constituents["pt"])


PT_ETA_PHI_ENERGY ='''


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, with one of each added."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("src", "config"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    package, config = folder / "src/tagwerk", folder / "config"
    for file, text in {
        "taggers/one_layer": ARCHITECTURE,
        "evaluation/metrics/above": METRIC,
        "plots/figures/empty": FIGURE,
        "readers/layouts/empty": LAYOUT,
        "cli/count": STAGE,
    }.items():
        (package / f"{file}.py").write_text(text.lstrip(), encoding="utf-8")
    features = package / "jets/features.py"
    text = features.read_text(encoding="utf-8").replace("PT_ETA_PHI_ENERGY =", FEATURE)
    features.write_text(text.replace("        log_pt,\n", "        log_pt,\n        log_two,\n"), encoding="utf-8")
    stages = package / "cli/__init__.py"
    stages.write_text(stages.read_text(encoding="utf-8").replace('"score",', '"score", "count",'), encoding="utf-8")
    tagger = yaml.safe_load((config / "taggers/dense.yaml").read_text(encoding="utf-8"))
    tagger |= {"architecture": "one_layer", "hyperparameters": {"size": 4}}
    (config / "taggers/mine.yaml").write_text(yaml.safe_dump(tagger), encoding="utf-8")
    dataset = yaml.safe_load((config / "datasets/jetclass.yaml").read_text(encoding="utf-8")) | {"layout": "empty"}
    (config / "datasets/mine.yaml").write_text(yaml.safe_dump(dataset), encoding="utf-8")
    return folder


def run(copy: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_architecture_is_a_module_and_a_card(copy):
    program = "from pathlib import Path; from tagwerk.cards.tagger import Tagger; "
    program += "print(Tagger.load(Path('config/taggers/mine.yaml')).all_hyperparameters)"
    assert run(copy, "-c", program) == "{'size': 4}\n"


def test_a_layout_is_a_module_and_a_card(copy):
    program = "from pathlib import Path; from tagwerk.cards.dataset import Dataset; "
    program += "from tagwerk.readers.layout import entries; "
    program += "print(entries(Path('any'), Dataset.load(Path('config/datasets/mine.yaml'))))"
    assert run(copy, "-c", program) == "42\n"


def test_a_feature_is_a_function(copy):
    program = "import numpy as np; from tagwerk.jets.features import JetView, features; one = np.ones((1, 1)); "
    program += "view = JetView(np, {'pt': one}, {}, one > 0); print(features(view, ['log_two']).round(4).tolist())"
    assert run(copy, "-c", program) == "[[[0.6931]]]\n"


def test_a_metric_and_a_figure_are_a_module_each(copy):
    program = "from tagwerk.evaluation.metrics import metrics; from tagwerk.plots.figures import figures; "
    program += "print(list(metrics()), 'empty' in figures())"
    assert run(copy, "-c", program) == "['auc', 'above', 'accuracy'] True\n"


def test_a_stage_is_a_command_and_its_name(copy):
    assert "Count the jets of a file." in run(copy, "-m", "tagwerk", "--help")
    assert run(copy, "-m", "tagwerk", "count", "jets.root") == "jets.root was counted\n"
