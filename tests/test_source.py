"""No source file leaves an encoding to the locale, or does work in an `assert`, which `python -O` drops."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(path for folder in ("src", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
# Modules, classes and objects that do not open text; `opened` and `archive` are zip files, `installed` a package.
BINARY = {"uproot", "tarfile", "opened", "h5py", "gzip", "Image", "archive", "installed"}


def calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def locale_decides(call: ast.Call) -> bool:
    """Return whether a call reads or writes text without giving an encoding."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in ("open", "fdopen", "read_text", "write_text"):
        return False
    if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in BINARY:
        return False
    given = [node for argument in (*call.args, *call.keywords) for node in ast.walk(argument)]
    modes = [node.value for node in given if isinstance(node, ast.Constant)]
    binary = any(isinstance(mode, str) and "b" in mode for mode in modes)
    return not binary and "encoding" not in [key.arg for key in call.keywords]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("p.read_text()", True),
        ("p.write_text(x)", True),
        ("open(p)", True),
        ("p.open('w')", True),
        ("p.read_text(encoding='utf-8')", False),
        ("p.open('rb')", False),
        ("p.open('ab' if more else 'wb')", False),
        ("open(p, 'w', encoding='utf-8')", False),
        ("uproot.open(p)", False),
    ],
)
def test_calls_that_leave_the_encoding_to_the_locale_are_recognised(code, expected):
    (call,) = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    assert locale_decides(call) is expected


def test_text_is_always_read_and_written_with_an_explicit_encoding():
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}" for path in FILES for call in calls(path) if locale_decides(call)
    ]
    assert wrong == []


def test_asserts_call_only_isinstance():
    asserts = [
        (path, node)
        for path in FILES
        if path.is_relative_to(ROOT / "src")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    working = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in asserts
        for call in ast.walk(node.test)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") != "isinstance"
    ]
    assert working == []
