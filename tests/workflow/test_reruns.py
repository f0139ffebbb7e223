"""In a finished study, a change reruns only what depends on it."""

import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow
COMPARED = {"compare", "report", "all"}
NETWORKS = {f"{rule} {tagger}" for rule in ("train", "score") for tagger in ("lstm", "gru", "tree_lstm_child_sum")}
TRAININGS = NETWORKS | {"train boosted_trees", "score boosted_trees"}
Changes = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def changed(small_study: Project) -> Changes:
    """A context manager that replaces text in a file of the project."""

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


def test_touched_files_rerun_nothing(small_study: Project) -> None:
    for folder in ("src", "config", "workflow"):
        for path in (small_study.path / folder).rglob("*"):
            os.utime(path)
    assert small_study.due() == set()


NEW_FEATURE = '''def log_mass(view: JetView) -> Tensor:
    """Return nothing of use."""
    return _log(view, _jet_energy(view))


PT_ETA_PHI_ENERGY ='''

CASES = {
    "a docstring": ("src/tagwerk/jets/features.py", [('"""Return ln', '"""Give ln')], set()),
    "a comment": ("src/tagwerk/packed/kernels.py", [("@compiled\n", "# compiled\n@compiled\n")], set()),
    "a message": ("src/tagwerk/records/store.py", [("ingest more jets", "ingest many more jets")], set()),
    "an annotation": ("src/tagwerk/records/store.py", [(r"-> ak\.Array:", "-> object:")], set()),
    "a tagger's colour": ("config/taggers/gru.yaml", [("color: .*", 'color: "#123456"')], COMPARED),
    "a tagger's title": ("config/taggers/gru.yaml", [("title: .*", "title: Gated")], COMPARED),
    "a class's colour": ("config/datasets/top.yaml", [("#e42536", "#e42537")], COMPARED),
    "the dataset's title": ("config/datasets/top.yaml", [("title: .*", "title: Tops")], COMPARED),
    "the study's title": ("config/studies/small.yaml", [("title: .*", "title: Small")], COMPARED),
    "a working point": ("config/studies/small.yaml", [("- 0.3", "- 0.35")], COMPARED),
    "a tagger's card": ("config/taggers/gru.yaml", [("- 16", "- 17")], {"train gru", "score gru"} | COMPARED),
    "an architecture": (
        "src/tagwerk/taggers/boosted_trees.py",
        [("early_stopping=True", "early_stopping=False")],
        {"train boosted_trees", "score boosted_trees"} | COMPARED,
    ),
    "a new feature": (
        "src/tagwerk/jets/features.py",
        [("PT_ETA_PHI_ENERGY =", NEW_FEATURE), ("        log_pt,\n", "        log_pt,\n        log_mass,\n")],
        {"summarise"} | TRAININGS | COMPARED,  # the summary has the moments of all features
    ),
    "a feature that the networks see": (
        "src/tagwerk/jets/features.py",
        [(r'return _log\(view, view.constituents\["pt"\]\)', 'return 2 * _log(view, view.constituents["pt"])')],
        {"summarise"} | TRAININGS | COMPARED,
    ),
    "a metric": ("src/tagwerk/evaluation/metrics/accuracy.py", [("0.5", "0.6")], COMPARED),
    "a figure": ("src/tagwerk/plots/figures/roc.py", [("alpha=0.25", "alpha=0.2")], COMPARED),
    "a kernel": ("src/tagwerk/packed/kernels.py", [(r"np\.float32\(9\)", "np.float32(10)")], NETWORKS | COMPARED),
    "the page": ("src/tagwerk/report/templates/page.html.jinja", [("Results", "Numbers")], {"report", "all"}),
    "the split": (
        "config/datasets/top.yaml",
        [("train: 0.6", "train: 0.5"), ("validation: 0.1", "validation: 0.2")],
        {"ingest", "summarise"} | TRAININGS | COMPARED,
    ),
    "the simulation": (
        "config/datasets/top.yaml",
        [("energy: 14000", "energy: 13600")],
        {"simulate", "ingest", "summarise"} | TRAININGS | COMPARED,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_change_reruns_what_depends_on_it(small_study: Project, changed: Changes, case: str) -> None:
    file, replacements, due = CASES[case]
    with changed(file, *replacements):
        assert small_study.due() == due
