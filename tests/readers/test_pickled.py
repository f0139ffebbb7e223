import pickle

import pytest

from tagwerk.readers.pickled import pickled_strings

LISTS = [[], ["a"], ["E_0", "PX_0", "a name", "größe", "x" * 300, ""], ["a", "b", "a"], ["a"] * 2000]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("names", LISTS)
def test_a_list_of_strings_is_what_pickle_loads(names, protocol):
    assert pickled_strings(pickle.dumps(names, protocol)) == names


def test_pickles_of_python_2_are_read():
    assert pickled_strings(b"(lp0\nS'E_0'\np1\naS'PX_0'\np2\na.") == ["E_0", "PX_0"]


@pytest.mark.parametrize("other", [1, None, "a", ("a",), {"a": 1}, [1], [b"a"], [["a"]], [("a",)], {"a"}, [print], 2.0])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_anything_else_are_refused(other, protocol):
    with pytest.raises(ValueError, match="not a pickled list of strings"):
        pickled_strings(pickle.dumps(other, protocol))


def test_a_truncated_pickle_raises_no_other_error():
    content = pickle.dumps(["E_0", "PX_0"] * 3)
    for stop in range(len(content)):
        with pytest.raises(ValueError, match="not a pickled list of strings"):
            pickled_strings(content[:stop])


@pytest.mark.parametrize("content", ["a string", 5, None, b"x" * 2_000_000])
def test_anything_but_a_pickle_is_refused(content):
    with pytest.raises(ValueError, match="not a pickled list of strings"):
        pickled_strings(content)
