import pytest

from tagwerk.cards.excerpts import first_duplicate, short_repr, suggestion

NESTED = [0]
for _ in range(40):
    NESTED = [NESTED, NESTED, NESTED]
RECURSIVE: list = []
RECURSIVE.append(RECURSIVE)
LONG = [NESTED, RECURSIVE, "x" * 10**7, 10**100_000, [10**100_000], list(range(10**6)), {1: NESTED}, set(range(999))]


@pytest.mark.parametrize(
    "value",
    [5, -2.5, True, None, "a'b", b"x", [], (), {}, [1, "a"], (1,), (1, 2), {"a": [1, {"b": ()}]}, {3}, [[], {}]],
)
def test_a_short_value_is_its_repr(value):
    assert short_repr(value) == repr(value)


@pytest.mark.parametrize("index", range(len(LONG)))
def test_a_long_value_is_cut_before_it_is_built(index):
    assert len(short_repr(LONG[index], 60)) <= 60


def test_the_first_duplicate_is_found():
    assert first_duplicate(["a", "b", "a", "b"]) == "a"
    assert first_duplicate([[1, [2]], [3], [1, [2]]]) == [1, [2]]
    assert first_duplicate([{"a": 1}, {"a": 1}]) == {"a": 1}
    assert first_duplicate(range(200_000)) is None


def test_many_known_words_are_not_all_listed():
    assert suggestion("xyz", [f"{number:04}" for number in range(100)]).endswith("0039 and 60 more")
