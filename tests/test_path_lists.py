"""Arguments from a file."""

from pathlib import Path

import pytest

from tagwerk.errors import UserError
from tagwerk.path_lists import listed


def test_a_list_takes_the_place_of_its_argument(tmp_path):
    (tmp_path / "parts.txt").write_text("jets/a b\njets/ü\n\n", encoding="utf-8")
    found = listed([Path("first"), Path(f"@{tmp_path}/parts.txt"), Path("last")])
    assert found == [Path("first"), Path("jets/a b"), Path("jets/ü"), Path("last")]


def test_a_directory_whose_name_begins_with_at_is_no_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("@part").mkdir()
    assert listed([Path("@part")]) == [Path("@part")]


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read as a list of paths"), (b"\n", "lists no path"), (b"\xff", "cannot")]
)
def test_a_list_that_cannot_be_used_is_named(tmp_path, content, message):
    file = tmp_path / "parts.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError, match=f"{file}: .*{message}"):
        listed([Path(f"@{file}")])
