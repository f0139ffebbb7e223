"""The files that a dataset card names, and the names of their parts."""

import os
import re
from pathlib import Path

import pytest

from tagwerk.cards.input_files import check_name, find_files, name_parts, pattern_of, require_files
from tagwerk.errors import UserError
from tagwerk.remote import RemoteFile


@pytest.fixture(autouse=True)
def in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(*names: str) -> list[Path]:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return [Path(name) for name in names]


def names_of(*files: str) -> list[str]:
    return list(name_parts(write(*files)))


@pytest.mark.parametrize("name", ["data[1].root", "a*b.root", "what?.root", "[!a].root", "x**.root", "d[0]/a.root"])
def test_a_file_name_takes_precedence_over_the_same_pattern(name):
    write(name, "data1.root", "a_b.root", "whatx.root", "b.root", "x_.root", "d0/a.root")
    assert require_files(name) == [Path(name)]


def test_a_name_with_brackets_is_a_pattern_if_there_is_no_such_file():
    write("data1.root", "data2.root")
    assert require_files("data[12].root") == [Path("data1.root"), Path("data2.root")]
    assert find_files("data[3].root") == []


def test_a_url_is_a_file_that_is_not_looked_for():
    url = "root://no.host//store/jets.root"
    assert list(map(str, require_files(url))) == [url]
    assert pattern_of(RemoteFile(url)) == url
    assert pattern_of(Path("data[1].root")) == "data[[]1].root"


@pytest.mark.parametrize(
    ("urls", "names"),
    [
        (["root://h//store/a.root", "root://h//store/b.root"], ["a", "b"]),
        (["root://h//x/a.root", "root://h//y/a.root"], ["x-a", "y-a"]),
        (["root://h//x/a.root", "https://g:8443/x/a.root"], ["h-x-a", "g_8443-x-a"]),
        (["root://h//x/a.root?b=1", "root://h//x/b.root"], ["a", "b"]),
        (["root://h//x/a.root", "root://h//x/a.root", "root://h//x/b.root"], ["a", "b"]),
    ],
)
def test_parts_are_named_after_the_paths_of_urls(urls, names):
    parts = name_parts([RemoteFile(url) for url in urls])
    assert list(parts) == names
    assert list(map(str, parts.values())) == list(dict.fromkeys(urls))


def test_urls_that_differ_in_their_queries_alone_are_distinguished():
    names = list(name_parts([RemoteFile(f"root://h//x/a.root?b={value}") for value in (1, 2)]))
    assert len(set(names)) == 2
    assert all(re.fullmatch("a-[0-9a-f]{12}", name) for name in names)


@pytest.mark.parametrize("name", ["a\nb.root", "a\tb.root", "a\x7fb.root", "a\u2028b.root", "a\x85b.root"])
def test_a_name_that_does_not_fit_on_one_line_is_refused(name):
    write(name)
    with pytest.raises(UserError, match=r"^key 'files': the name 'a\\\S+b.root' has a line break or another") as error:
        require_files("*.root")
    assert len(str(error.value).splitlines()) == 1


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
def test_part_names_are_short_and_distinct(files, names):
    parts = names_of(*files)
    assert len(set(parts)) == len(files)
    assert names is None or parts == names


@pytest.mark.parametrize(
    "files", [("a b.root", "a;b.root", "a_b.root"), ("A.root", "a.root"), ("é.root", "e\u0301.root")]
)
def test_names_that_would_clash_on_disk_are_distinct_and_reproducible(files):
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
def test_a_part_has_no_character_special_to_shells_or_snakemake(stem):
    (name,) = names_of(f"{stem}.root")
    assert re.fullmatch(r"[\w+=@][\w.+=@-]*", name)


def test_letters_of_any_script_are_unchanged():
    assert names_of("größe_日本+1.root") == ["größe_日本+1"]


def test_a_name_too_long_for_a_file_is_cut_and_stays_distinct():
    names = names_of(f"{'x' * 240}1.root", f"{'x' * 240}2.root", "日" * 80 + ".root")
    assert len(set(names)) == 3
    assert all(len(name.encode()) <= 150 for name in names)


def test_a_link_is_named_by_itself_and_not_by_its_target():
    write("store/1234-5678.root")
    Path("top.root").symlink_to("store/1234-5678.root")
    assert name_parts([Path("top.root")]) == {"top": Path("top.root")}


def test_a_file_given_by_two_links_is_one_part():
    write("store/x.root", "y.root")
    for link in ("first.root", "second.root"):
        Path(link).symlink_to("store/x.root")
    files = [Path(each) for each in ("first.root", "y.root", "second.root", "store/x.root", "store/../y.root")]
    assert name_parts(files) == {"first": Path("first.root"), "y": Path("y.root")}
