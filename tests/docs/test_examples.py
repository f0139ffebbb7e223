"""Examples of the pages run: Python is executed, cards fit their models, the tutorial's commands make its files.

Python runs page by page, in a folder where the commands of docs/stages.md have been run on few jets.
"""

import doctest
import re
import shutil
from collections.abc import Iterator
from contextlib import chdir, suppress
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
import uproot
import yaml
from markdown_it import MarkdownIt
from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

import tagwerk as tw
import tagwerk.taggers
from tagwerk.cards.base import Section
from tagwerk.cards.score_files import ScoreFiles
from tests.conftest import run, write_root
from tests.docs.pages import PAGES, ROOT, commands

MODELS: dict[str, type[Section]] = {
    "datasets": tw.Dataset, "taggers": tw.Tagger, "studies": tw.Study, "searches": tw.Search, "scores": ScoreFiles,
}  # fmt: skip
FOLLOWED = (ROOT / "docs/stages.md", ROOT / "docs/compare_scores.md")
ONNX = {"title": "A model from elsewhere", "color": "#000000", "architecture": "onnx"}
PYTHON = (PythonCodeBlockParser(doctest_optionflags=doctest.NORMALIZE_WHITESPACE), SkipParser())


def fences(page: Path, language: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, text and the paragraph before of each block in a language."""
    before = ""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "inline":
            before = token.content
        elif token.type == "fence" and token.info == language:
            yield token.map[0] + 1, token.content, before


CARDS = [(page, *fence) for page in PAGES for fence in fences(page, "yaml")]
NAMES = [f"{page.relative_to(ROOT)}:{line}" for page, line, *_ in CARDS]


def merged(text: str) -> dict[str, Any]:
    """Return the keys of a block, from which lines may have been left out, `...`."""
    keys: dict[str, Any] = yaml.safe_load(re.sub(r"^ *\.\.\.$", "", text, flags=re.MULTILINE))
    return keys


def filled(card: Any, others: Any) -> Any:
    """Return a card with the keys that it leaves out, in sections too."""
    if not (isinstance(card, dict) and isinstance(others, dict)):
        return card
    return others | {key: filled(value, others.get(key)) for key, value in card.items()}


def kinds(text: str, before: str) -> list[str]:
    """Return the kinds of card that a block may be: that of the path before it, or all that have its keys."""
    named = re.findall(r"config/(\w+)/[\w<>]+\.yaml", before + text)
    return named[-1:] or [kind for kind, model in MODELS.items() if merged(text).keys() <= model.model_fields.keys()]


def validated(text: str, before: str) -> Section | None:
    """Return the card of a block, if need be with the other keys of a card that it fits into.

    None where all keys are right, but name a model file of the reader's.
    """
    errors = [ValueError(f"no card has all of the keys {list(merged(text))}")]
    for kind in kinds(text, before):
        shipped = [yaml.safe_load(path.read_text()) for path in (ROOT / "config" / kind).glob("*.yaml")]
        for others in ({}, *shipped, ONNX):
            try:
                return MODELS[kind].model_validate(filled(merged(text), others))
            except ValueError as error:
                errors.append(error)
                if re.search(r"key 'model': models/\w+\.onnx: No such file", str(error)):
                    return None
    raise errors[-1]


@pytest.mark.parametrize(("page", "line", "text", "before"), CARDS, ids=NAMES)
def test_cards_and_parts_of_cards_fit_their_models(page, line, text, before, own_architecture):
    validated(text, before)


@pytest.mark.parametrize(
    "text",
    [
        "flat_inn: [pt]\n",
        "signal: b\nfractions: {c: 0.05, light: nine}\n",
        "architecture: onnx\nmodel: {file: models/a.onnx, flie: b}\n",
    ],
)
def test_a_wrong_card_is_noticed(text):
    with pytest.raises(ValueError, match=r"flat_inn|nine|flie"):
        validated(text, "")


@pytest.fixture(scope="module")
def own_architecture(tmp_path_factory):
    """The module of docs/own_tagger.md, where architectures are looked for."""
    folder = tmp_path_factory.mktemp("taggers")
    ((_, text, _),) = fences(ROOT / "docs/own_tagger.md", "python")
    (folder / "mean_constituent.py").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tagwerk.taggers, "__path__", [*tagwerk.taggers.__path__, str(folder)])
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which the commands of these pages have been run, with 300 jets per file."""
    path = tmp_path_factory.mktemp("followed")
    card = yaml.safe_load((ROOT / "config/datasets/top.yaml").read_text())
    card["generator"]["jets_per_file"] = 300
    write_text(path / "config/datasets/top.yaml", yaml.safe_dump(card))
    with chdir(path):
        for page in FOLLOWED:
            follow(page)
        prepare_other_pages(path)
    return path


def follow(page: Path) -> None:
    """Run the Python of a page, save its cards where it says, and run its commands."""
    for example in Document.parse(str(page), *PYTHON).examples():
        example.evaluate()
    for _, text, before in fences(page, "yaml"):
        write_text(Path(re.findall(r"config/\w+/\w+\.yaml", before)[-1]), text)
    for command in commands(page):
        if command.words[0] == "tagwerk" and not command.inline:
            assert run(*command.words[1:]) == 0, command


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def prepare_other_pages(path: Path) -> None:
    """Give the files of the tutorial the names that examples of other pages read."""
    shutil.copytree(path / "data", path / "results/datasets/top/files")
    shutil.copytree(path / "jets/top_0000", path / "results/sample_1")
    shutil.copy(path / "comparison/working_points.json", path)
    shutil.copytree(path / "comparison", path / "results/studies/demo/comparison")
    jets = uproot.concatenate([f"{path}/data/{part}.root:jets" for part in ("qcd_0000", "top_0000")])
    write_root(
        path / "mine.root",
        {name: jets[name] if jets[name].ndim > 1 else np.asarray(jets[name]) for name in jets.fields},
    )
    shutil.copy(path / "config/datasets/top.yaml", path / "config/datasets/mine.yaml")
    assert run("export", "runs/gru/model", "lstm.onnx") == 0


def namespace(page: str) -> dict[str, Any]:
    """Return what an example takes from its reader's own code."""
    if page == "docs/compare.md":
        scores = pd.read_parquet("runs/gru/scores/scores.parquet")
        return {"discriminant": scores["p_top"].to_numpy(), "pt": scores["pt"].to_numpy()}
    return {}


WITH_PYTHON = [page for page in PAGES if list(fences(page, "python"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_PYTHON, ids=[str(page.relative_to(ROOT)) for page in WITH_PYTHON])
def test_python_runs(page, folder):
    document = Document.parse(str(page), *PYTHON)
    examples = list(document.examples())
    with chdir(folder):
        document.namespace.update(namespace(str(page.relative_to(ROOT))))
        for example in examples:
            with suppress(SkipTest):  # a comment before it says why
                example.evaluate()
    assert examples


@pytest.mark.slow
def test_the_network_whose_classes_are_further_apart_wins(folder):
    assert "New network" in (folder / "networks/table.md").read_text(encoding="utf-8").splitlines()[0]
    assert {"report.html", "networks.html"} <= {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_the_architecture_of_the_page_trains_scores_and_is_exported(folder, own_architecture, tmp_path):
    *_, (_, text, before) = fences(ROOT / "docs/own_tagger.md", "yaml")
    parts = [folder / "jets" / name for name in ("qcd_0000", "top_0000")]
    card = validated(text, before)
    assert isinstance(card, tw.Tagger)
    model = tw.train(card, "top", folder / "summary.json", parts, epochs=1, name="mine", out=tmp_path / "model")
    scores = tw.score(model, parts).scores
    assert scores["p_top"].nunique() > len(scores) / 2
    assert [node.name for node in tw.export(tmp_path / "model").graph.output] == ["scores"]
