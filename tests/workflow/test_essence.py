"""Reducing a statement keeps only what can change a result."""

import ast

import pytest

from tagwerk.workflow.essence import essence


def reduced(text):
    return ast.unparse(essence(ast.parse(text).body[0]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('def f(x: int, *more: str) -> float:\n    """Return it."""\n    return x', "def f(x, *more):\n    return x"),
        ('def f():\n    """Nothing else."""', "def f():\n    pass"),
        (
            "def f(x):\n    if x:\n        raise ValueError(f'{x} is wrong') from x",
            "def f(x):\n    if x:\n        raise",
        ),
        ("def f():\n    y: list[int] = []\n    z: int\n    return y", "def f():\n    y = []\n    return y"),
        ("LIMIT: float = 3", "LIMIT = 3"),
    ],
)
def test_texts_and_annotations_do_not_count(text, expected):
    assert reduced(text) == expected


def test_fields_of_a_model_count_but_not_their_validation():
    text = '''
class Card(Section):
    """A card."""

    size: Annotated[int, Field(gt=0, description="how many"), AfterValidator(_even)] = Field(default=4, lt=9)
    parts: list[Part] = []

    @model_validator(mode="after")
    def _agrees(self):
        return self

    @property
    def half(self) -> int:
        return self.size // 2
'''
    assert reduced(text) == (
        "class Card(Section):\n"
        "    size: Annotated[int, Field(), None] = Field(default=4)\n"
        "    parts: list[Part] = []\n\n"
        "    @property\n"
        "    def half(self):\n"
        "        return self.size // 2"
    )


def test_a_changed_value_counts():
    assert ast.dump(essence(ast.parse("LIMIT = 3").body[0])) != ast.dump(essence(ast.parse("LIMIT = 4").body[0]))
