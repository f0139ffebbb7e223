"""The texts speak the language of the field, and one name has one meaning."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUFFIXES = {".py", ".md", ".yaml", ".smk", ".jinja", ".rst"}
FOLDERS = ("src", "docs", "config", "workflow", "benchmarks")
TEXTS = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
TEXTS += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
MODULES = sorted((ROOT / "src/tagwerk").rglob("*.py"))

# What reads as translated, and what to write.
TRANSLATED = {
    r"\bso many\b": "N, or at most N",
    r"\bstands? (twice|beside|at the top|next|alone|one behind)": "is duplicated, is next to",
    r"\bone behind the other\b": "stacked, in sequence",
    r"\bside by side\b": "in parallel",
    r"(?<!there )\bis no (number|tree|score|class|input)\b": "is NaN, is not a ...",
    r"\bno longer a number\b": "became NaN",
    r"\bgraphics (card|processor)": "GPU",
    r"\btold apart\b": "distinguished",
    r"\bgo(es)? on where\b": "resumes",
    r"\b(alike|likewise|beforehand)\b": "the same, also, first",
    r"\b(blame|by_weights|by_steps)\b": "diagnose, grad_weights, grad_inputs",
    r"\b(falling|rising) pT\b": "descending, ascending pT",
    r"\b(one|an?|each) (number|row|rule|weight|file|module|value) an? (jet|tagger|stage|class|layout|event)\b": "per",
}


@pytest.mark.parametrize("pattern", TRANSLATED)
def test_no_text_reads_as_translated(pattern):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line, re.IGNORECASE)
    ]
    assert found == [], f"write: {TRANSLATED[pattern]}"


def test_no_class_is_defined_twice():
    defined = defaultdict(set)
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                defined[node.name].add(str(path.relative_to(ROOT)))
    assert {name: places for name, places in defined.items() if len(places) > 1} == {}


def test_modules_of_one_name_are_a_command_or_a_layout_and_what_it_calls():
    named = defaultdict(set)
    for path in MODULES:
        if path.stem not in ("__init__", "__main__"):
            named[path.stem].add(str(path.parent.relative_to(ROOT / "src/tagwerk")))
    pairs = {name: folders for name, folders in named.items() if len(folders) > 1}
    layouts = {"readers/layouts", "drafts/layouts"}
    assert {name for name, folders in pairs.items() if folders != layouts and "cli" not in folders} == set()


def test_no_type_of_arrays_is_defined_twice():
    aliases = defaultdict(set)
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"^(\w+)(?:: TypeAlias)? = (?:npt\.)?NDArray\[", text, re.MULTILINE):
            aliases[name].add(str(path.relative_to(ROOT)))
    assert {name: places for name, places in aliases.items() if len(places) > 1} == {}
    assert aliases["Floats32"] == {"src/tagwerk/arrays.py"}


def test_private_parts_of_other_packages_are_used_in_one_module():
    own = {"_asdict", "_fields", "_replace", "_make"}  # of named tuples
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        if path.name != "internals.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in own
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "other"))
    ]
    assert found == []
    assert [path for path in MODULES if "unittest.mock" in path.read_text(encoding="utf-8")] == []
