"""What a change reruns, and nothing else: asked of Snakemake in the finished small study."""

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager

import pytest
import yaml

from tests.workflow.conftest import SEEDS, Project

pytestmark = pytest.mark.slow

COMPARED = {"compare", "report", "all"}
NETWORKS = {f"{rule} {tagger}" for rule in ("train", "score", "probe") for tagger in ("lstm", "tree_lstm_child_sum")}
TREES = {f"{rule} boosted_trees" for rule in ("train", "score", "probe")}
TRAININGS = NETWORKS | TREES
PROBES = {job for job in TRAININGS if job.startswith("probe")}
Changes = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def changed(small_study: Project) -> Changes:
    """A context manager that replaces text in a file of the project."""
    small_study.copy_code()

    @contextmanager
    def change(file, *replacements):
        path = small_study.path / file
        before = path.read_text()
        after = before
        for old, new in replacements:
            assert re.search(old, after), old
            after = re.sub(old, new, after, count=1)
        path.write_text(after)
        try:
            yield
        finally:
            path.write_text(before)

    return change


def test_second_run_does_nothing(small_study: Project) -> None:
    assert small_study.due() == set()


def test_every_result_has_its_provenance(small_study: Project) -> None:
    run = small_study.run("tagwerk", "provenance", "--json", "results/studies/small")
    assert run.returncode == 0, run.stdout
    chain = json.loads(run.stdout)
    assert chain["problems"] == []
    assert chain["files"] == {}, "all jets are simulated"
    runs = Counter(each["stage"] for name, each in chain["results"].items() if "/checks/" not in name)
    one = dict.fromkeys(("compare", "report"), 1)
    assert runs == {"simulate": 4, "ingest": 4, "summarise": 3, "train": 3, "score": 3, "probe": 3} | one
    model = chain["results"][f"{SEEDS.format('lstm')}/model"]
    assert model["seeds"]["train --seed"] == 1
    assert {"config/taggers/lstm.yaml", "config/datasets/top.yaml"} <= model["cards"].keys()
    assert small_study.run("tagwerk", "provenance", "--verify", "results/studies/small").returncode == 0


def test_other_provenance_reruns_nothing(small_study: Project) -> None:
    """As of another machine or time, or none at all."""
    paths = sorted(small_study.path.glob("results/**/*provenance.json"))
    before = {path: path.read_bytes() for path in paths}
    assert len(paths) > 20
    for index, path in enumerate(paths):
        path.unlink()
        if index % 2:
            path.write_bytes(before[path].replace(b'"host": "', b'"host": "other'))
    due = small_study.due()
    for path, content in before.items():
        path.write_bytes(content)
    assert due == set()


def test_touched_files_rerun_no_stage(small_study: Project) -> None:
    small_study.copy_code()
    for folder in ("src", "config", "workflow"):
        for path in (small_study.path / folder).rglob("*"):
            os.utime(path)
    assert small_study.due() == set()


def test_without_the_lists_of_parts_only_what_is_missing_is_due(small_study: Project) -> None:
    study = small_study.path / "results/studies/small"
    lists = {path: path.read_bytes() for path in (study / "parts.txt", study / "checks.txt")}
    missing = [study / name for name in ("lstm/seed1/robustness.json", "comparison/comparison.json", "report.html")]
    for path in lists:
        path.unlink()
    for path in missing:
        path.rename(path.with_suffix(".hidden"))
    due = small_study.due()
    for path in missing:
        path.with_suffix(".hidden").rename(path)
    assert due == {"probe lstm"} | COMPARED
    assert {path: path.read_bytes() for path in lists} == lists


def test_a_run_corrects_the_lists_of_parts_and_a_dry_run_does_not(small_study: Project) -> None:
    path = small_study.path / "results/studies/small/parts.txt"
    before = path.read_bytes()
    path.write_bytes(b"another\n")
    assert small_study.due() == set()
    assert path.read_bytes() == b"another\n"
    small_study.snakemake()
    assert path.read_bytes() == before
    modified = path.stat().st_mtime_ns
    small_study.snakemake()
    assert path.stat().st_mtime_ns == modified


def test_a_search_on_fewer_files_is_due_with_their_summary(small_study: Project, changed: Changes) -> None:
    search = {"title": "x", "tagger": "lstm", "study": "small", "trials": 1, "workers": 1}
    space = {"hyperparameters.dropout": {"low": 0.0, "high": 0.5}}
    card = small_study.path / "config/searches/small.yaml"
    card.parent.mkdir(exist_ok=True)
    card.write_text(yaml.safe_dump(search | {"space": space}))
    with changed("config/studies/small.yaml", ("jets: 800", "jets: 400")):
        due = small_study.due("--config", "study=small", "search=small", "--", "tuned")
    card.unlink()
    assert due == {"summarise_features", "tune", "best", "tuned"}


NEW_FEATURE = '''def log_mass(view: JetView) -> Tensor:
    """Return nothing of use."""
    return _log(view, _jet_energy(view))


PT_ETA_PHI_ENERGY ='''

CASES = {
    "a docstring": ("src/tagwerk/jets/features.py", [('"""Return ln', '"""Give ln')], set()),
    "a comment": ("src/tagwerk/packed/kernels.py", [("@compiled\n", "# compiled\n@compiled\n")], set()),
    "a message": ("src/tagwerk/records/parts.py", [("ingest more jets", "ingest many more jets")], set()),
    "an annotation": ("src/tagwerk/records/store.py", [(r"-> ak\.Array:", "-> object:")], set()),
    "a tagger's colour": ("config/taggers/lstm.yaml", [("color: .*", 'color: "#123456"')], COMPARED),
    "a tagger's title": ("config/taggers/lstm.yaml", [("title: .*", "title: Gated")], COMPARED),
    "a class's colour": ("config/datasets/top.yaml", [("#e42536", "#e42537")], COMPARED),
    "the dataset's title": ("config/datasets/top.yaml", [("title: .*", "title: Tops")], COMPARED),
    "the study's title": ("config/studies/small.yaml", [("title: .*", "title: Small")], COMPARED),
    "a working point": ("config/studies/small.yaml", [("- 0.3", "- 0.35")], PROBES | COMPARED),
    "a tagger's card": (
        "config/taggers/lstm.yaml",
        [("- 16", "- 17")],
        {"train lstm", "score lstm", "probe lstm"} | COMPARED,
    ),
    "an architecture": (
        "src/tagwerk/taggers/boosted_trees.py",
        [("early_stopping=True", "early_stopping=False")],
        TREES | COMPARED,
    ),
    "a new feature": (
        "src/tagwerk/jets/features.py",
        [("PT_ETA_PHI_ENERGY =", NEW_FEATURE), ("        log_pt,\n", "        log_pt,\n        log_mass,\n")],
        set(),  # until a tagger uses it
    ),
    "a feature that the networks see": (
        "src/tagwerk/jets/features.py",
        [(r'return _log\(view, view.constituents\["pt"\]\)', 'return 2 * _log(view, view.constituents["pt"])')],
        {"summarise_features"} | NETWORKS | COMPARED,
    ),
    "a metric": ("src/tagwerk/evaluation/metrics/accuracy.py", [("0.5", "0.6")], COMPARED),
    "a figure": ("src/tagwerk/plots/figures/roc.py", [("alpha=0.25", "alpha=0.2")], COMPARED),
    "a kernel": ("src/tagwerk/packed/kernels.py", [(r"np\.float32\(9\)", "np.float32(10)")], NETWORKS | COMPARED),
    "a perturbation": (
        "src/tagwerk/robustness/variations.py",
        [("resolution=0.05", "resolution=0.06")],
        PROBES | COMPARED,
    ),
    "the record of provenance": (
        "src/tagwerk/provenance/machine.py",
        [(r"cpu=_cpu\(proc\)", 'cpu=""')],
        set(),
    ),
    "the page": (
        "src/tagwerk/report/templates/sections/results.html.jinja",
        [("Results", "Numbers")],
        {"report", "all"},
    ),
    "fewer files and a new tagger": (
        "config/studies/small.yaml",
        [("jets: 800", "jets: 400"), ("- lstm\n", "- lstm\n- gru\n")],
        {"summarise", "summarise_features", "train gru", "score gru", "probe gru"} | TRAININGS | COMPARED,
    ),
    "the split": (
        "config/datasets/top.yaml",
        [("train: 0.6", "train: 0.5"), ("validation: 0.1", "validation: 0.2")],
        {"ingest", "summarise", "summarise_features"} | TRAININGS | COMPARED,
    ),
    "the simulation": (
        "config/datasets/top.yaml",
        [("energy: 14000", "energy: 13600")],
        {"simulate", "ingest", "summarise", "summarise_features"} | TRAININGS | COMPARED,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_reruns_what_depends_on_it(small_study: Project, changed: Changes, case: str) -> None:
    file, replacements, due = CASES[case]
    with changed(file, *replacements):
        assert small_study.due() == due
