"""Which files a dataset card names, and what their parts are called."""

import os
import re
from pathlib import Path

import pytest

from tagwerk.cards.input_files import check_name, found, matching, named
from tagwerk.errors import UserError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(*names: str) -> list[Path]:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return [Path(name) for name in names]


def names_of(*files: str) -> list[str]:
    return list(named(write(*files)))


@pytest.mark.parametrize("name", ["data[1].root", "a*b.root", "what?.root", "[!a].root", "x**.root", "d[0]/a.root"])
def test_a_file_is_found_by_its_own_name_before_the_name_is_taken_for_a_pattern(name):
    write(name, "data1.root", "a_b.root", "whatx.root", "b.root", "x_.root", "d0/a.root")
    assert matching(name) == [Path(name)]


def test_a_name_with_brackets_that_is_no_file_is_a_pattern():
    write("data1.root", "data2.root")
    assert matching("data[12].root") == [Path("data1.root"), Path("data2.root")]
    assert found("data[3].root") == []


@pytest.mark.parametrize("name", ["a\nb.root", "a\tb.root", "a\x7fb.root", "a\u2028b.root", "a\x85b.root"])
def test_a_name_that_no_log_can_show_in_one_line_is_refused(name):
    write(name)
    with pytest.raises(UserError, match=r"^key 'files': the name 'a\\\S+b.root' has a line break or another") as said:
        matching("*.root")
    assert len(str(said.value).splitlines()) == 1


def test_a_name_in_another_encoding_is_refused():
    with pytest.raises(UserError, match=r"^key 'files': the name 'caf\\udce9.root' is not UTF-8; rename it"):
        check_name(os.fsdecode(b"caf\xe9.root"), "key 'files'")


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (("x.root.1", "x.root.2"), ["x.root.1", "x.root.2"]),
        (("a.root", "a.h5"), ["a.root", "a.h5"]),
        (("a.root", "b/a.h5"), None),
        (("r/a.root", "r/a.h5", "s/a.root"), ["a.root", "a.h5", "s-a"]),
        (("r/x.1", "r/x.2", "s/x.1", "s/x.2"), ["r-x.1", "r-x.2", "s-x.1", "s-x.2"]),
        (("jets.v1.2.root", "jets.v1.3.root"), ["jets.v1.2", "jets.v1.3"]),
        (("a b.root", "a-b.root"), ["a_b", "a-b"]),
    ],
)
def test_names_of_parts_are_as_short_as_they_can_be_and_distinct(files, names):
    found = names_of(*files)
    assert len(set(found)) == len(files)
    assert names is None or found == names


@pytest.mark.parametrize(
    "files", [("a b.root", "a;b.root", "a_b.root"), ("A.root", "a.root"), ("é.root", "e\u0301.root")]
)
def test_names_that_would_be_alike_on_disk_are_distinct_and_stay_the_same(files):
    names = names_of(*files)
    assert len({name.casefold() for name in names}) == len(files)
    assert names == names_of(*files)


ODD = [
    "a b",
    "it's",
    'q"q',
    "$HOME",
    "a;b&c|d",
    "`x`",
    "(x)[y]*?#%",
    "~x",
    "-n",
    "a{b}",
    "back\\slash",
    "..",
    ".hid",
    "a,b:c",
]


@pytest.mark.parametrize("stem", ODD)
def test_a_part_has_no_character_that_a_shell_or_snakemake_reads(stem):
    (name,) = names_of(f"{stem}.root")
    assert re.fullmatch(r"[\w+=@][\w.+=@-]*", name)


def test_letters_of_any_script_stay_as_they_are():
    assert names_of("größe_日本+1.root") == ["größe_日本+1"]


def test_a_name_too_long_for_files_is_cut_and_stays_distinct():
    names = names_of(f"{'x' * 240}1.root", f"{'x' * 240}2.root", "日" * 80 + ".root")
    assert len(set(names)) == 3
    assert all(len(name.encode()) <= 150 for name in names)


def test_a_link_is_named_by_itself_and_not_by_what_it_points_to():
    write("store/1234-5678.root")
    Path("top.root").symlink_to("store/1234-5678.root")
    assert named([Path("top.root")]) == {"top": Path("top.root")}


def test_a_file_given_by_two_links_is_one_part():
    write("store/x.root", "y.root")
    for link in ("first.root", "second.root"):
        Path(link).symlink_to("store/x.root")
    files = [Path(each) for each in ("first.root", "y.root", "second.root", "store/x.root", "store/../y.root")]
    assert named(files) == {"first": Path("first.root"), "y": Path("y.root")}
