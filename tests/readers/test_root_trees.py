import gzip
import struct

import awkward as ak
import numpy as np
import pytest
import uproot

from tagwerk.errors import UserError
from tagwerk.readers.root_trees import chunks, open_tree
from tests.conftest import toy_branches, write_root
from tests.drafts.files import PHYSLITE


@pytest.fixture
def file(tmp_path):
    return write_root(tmp_path / "toy.root", toy_branches(0, 100))


def error_message(file, *wanted, tree="jets"):
    """The one-line error of reading branches."""
    with pytest.raises(UserError) as mistake:
        list(chunks(file, open_tree(file, tree), list(wanted), 1000))
    assert str(mistake.value).startswith(f"{file}: ")
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_reported_with_the_missing_bytes(file, share):
    content = file.read_bytes()
    kept = int(share * len(content))
    file.write_bytes(content[:kept])
    line = error_message(file)
    assert f"is truncated: its header gives {len(content):,} bytes, the last {len(content) - kept:,} are" in line


def test_a_truncated_file_above_two_gigabytes_is_reported(file):
    content = bytearray(file.read_bytes())
    content[4:20] = struct.pack(">iiq", 1_062_400, 100, 5_000_000_000)
    file.write_bytes(content)
    assert f"header gives 5,000,000,000 bytes, the last {5_000_000_000 - len(content):,} are missing" in error_message(
        file
    )


def test_a_file_that_was_not_closed_is_refused_with_the_lost_bytes(file):
    content, seek = file.read_bytes(), uproot.open(file)["jets"]["jet_pt"].member("fBasketSeek")[0]
    (length,) = struct.unpack(">i", content[seek : seek + 4])
    basket = bytearray(content[seek : seek + length])
    basket[18:26] = struct.pack(">q", len(content))  # as if it were written after the last save
    file.write_bytes(content + basket)
    assert len(uproot.open(file)["jets"]["jet_pt"].array()) == 100  # silently
    assert f"was not closed: {length:,} bytes were written after it was last saved" in error_message(file, "jet_pt")


def test_trailing_bytes_that_are_not_data_are_ignored(file):
    file.write_bytes(file.read_bytes() + b"\0" * 1000)
    (jets,) = chunks(file, open_tree(file, "jets"), ["jet_pt"], 1000)
    assert len(jets) == 100


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (gzip.compress(b"root", mtime=0), "gzip-compressed and must be decompressed"),
        (b"<!DOCTYPE html>\n<html>404</html>", "HTML, perhaps a server's answer"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "a Git LFS pointer"),
        (b"\x89HDF\r\n\x1a\n" + bytes(500), "an HDF5 file"),
        (b"PK\x03\x04" + bytes(500), "a zip archive"),
        (b'{"message": "Not Found"}', "JSON, perhaps a server's answer"),
        (bytes(5000), "nothing but zero bytes"),
        (b"\x01\x02\xfe\xff" * 200, "of unknown type"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_its_kind(file, content, kind):
    file.write_bytes(content)
    assert f"cannot be read as a ROOT file, it is {kind}" in error_message(file)


def test_a_directory_and_a_dangling_link_are_reported_as_such(tmp_path):
    assert "is a directory; name the files in it" in error_message(tmp_path)
    link = tmp_path / "link.root"
    link.symlink_to("gone.root")
    assert "is a link to gone.root, which does not exist" in error_message(link)


@pytest.mark.parametrize("entries", [99, 101, 5000])
def test_a_branch_with_more_or_fewer_entries_than_its_tree_is_refused_by_name(file, entries):
    content = file.read_bytes()
    start = content.index(struct.pack(">q", 100), uproot.open(file).key("jets").fSeekKey + 46)  # after the key
    file.write_bytes(content[:start] + struct.pack(">q", entries) + content[start + 8 :])
    assert f"branch 'jet_pt' has 100 entries, but its tree 'jets' has {entries:,}" in error_message(file, "jet_pt")


def test_a_damaged_branch_is_named_and_does_not_affect_the_others(file):
    seek = uproot.open(file)["jets"]["c_eta"].member("fBasketSeek")[0]
    content = bytearray(file.read_bytes())
    content[seek + 80 : seek + 200] = b"\xff" * 120
    file.write_bytes(content)
    assert "is damaged near entry 0, in branch 'c_eta'" in error_message(file, "jet_pt", "c_eta")
    (jets,) = chunks(file, open_tree(file, "jets"), ["jet_pt", "c_pt"], 1000)
    assert len(jets) == 100


@pytest.mark.skipif(not PHYSLITE.exists(), reason=f"there is no {PHYSLITE}")
def test_a_branch_that_uproot_cannot_interpret_is_named_with_its_type():
    name = "METAssoc_AnalysisMETAux./METAssoc_AnalysisMETAux.xAOD::AuxContainerBase"
    line = error_message(PHYSLITE, name, tree="CollectionTree")
    assert f"branch '{name}' of 'CollectionTree' is of the C++ type 'xAOD::MissingETAuxAssociationMap_v2'" in line


@pytest.mark.parametrize("writer", ["mktree", "mkrntuple"])
def test_a_tree_without_entries_gives_one_empty_chunk_of_the_same_types(tmp_path, writer):
    path = tmp_path / "toy.root"
    with uproot.recreate(path) as root:
        getattr(root, writer)("jets", {"pt": "float32", "c_pt": "var * float32"})
    (jets,) = chunks(path, open_tree(path, "jets"), ["pt", "c_pt"], 1000)
    assert len(jets) == 0
    assert str(ak.type(jets.c_pt)) == "0 * var * float32"


def test_a_field_added_to_an_rntuple_after_writing_began_is_refused(tmp_path):
    path = tmp_path / "toy.root"
    with uproot.recreate(path) as root:
        root.mkrntuple("jets", {"pt": np.arange(5.0), "c": ak.Array([[1.0], [], [2.0], [3.0], []])})
    tree = open_tree(path, "jets")
    field = tree["c"].field_id
    inner = next(n for n, each in enumerate(tree.field_records) if each.parent_field_id == field and n != field)
    column = next(each for each in tree.column_records if each.field_id == inner)
    assert len(next(chunks(path, tree, ["pt", "c"], 9))) == 5
    column.first_element_index = 2  # as ROOT marks a deferred column
    assert "field 'c' of 'jets' was added after writing had begun: the first 2 of 5" in error_message(path, "c")
    assert len(next(chunks(path, tree, ["pt"], 9))) == 5
