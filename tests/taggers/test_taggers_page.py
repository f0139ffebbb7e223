"""docs/taggers.md has every architecture and card, and per tagger one paragraph, one equation and a source."""

import re
from pathlib import Path
from pkgutil import iter_modules

import pytest

import tagwerk.taggers

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/taggers.md").read_text(encoding="utf-8")
PARAGRAPHS = dict(re.findall(r"^\*\*([^*]+)\*\*(.*?)(?=^\*\*|^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
SOURCE = re.compile(r"arXiv:\d{4}\.\d{4,5}|ATL-PHYS-PUB-\d{4}-\d{3}|\((19|20)\d\d\)|NeurIPS 20\d\d")


def test_every_architecture_and_card_is_named():
    modules = {module.name for module in iter_modules(tagwerk.taggers.__path__)}
    cards = {path.stem for path in (ROOT / "config/taggers").glob("*.yaml")}
    assert {name for name in modules | cards if f"`{name}`" not in PAGE} == set()


@pytest.mark.parametrize("name", PARAGRAPHS)
def test_a_tagger_has_a_source_and_one_equation(name):
    text, *equations = PARAGRAPHS[name].split("$$")
    assert SOURCE.search(text)
    assert len(equations) == 2
    assert not equations[1].strip()
