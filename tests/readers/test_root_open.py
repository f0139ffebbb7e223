"""ROOT files: no name is taken for a URL or for Python, as uproot does by default."""

import struct

import numpy as np
import pytest
import uproot
from uproot.models.TNamed import Model_TNamed
from uproot.serialization import numbytes_version, serialize_object_any
from uproot.writing import _cascadetree
from uproot.writing.identify import to_TList

from tagwerk.errors import UserError
from tagwerk.readers.root_open import NamesOnly, open_root
from tagwerk.readers.root_trees import chunks, open_tree

NAMES = ["simplecache::x.root", "file:x.root", "http:x.root", "x.root:jets", "a::b:c.root", "a*[b]?.root", "$HOME 'x'"]


def write(path, branch="mass"):
    with uproot.recreate(path.with_name("plain.root")) as file:
        file.mktree("jets", {branch: "f8"})
        file["jets"].extend({branch: np.arange(3.0)})
    return path.with_name("plain.root").rename(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_local_file_of_any_name_is_opened(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / name).relative_to(tmp_path)
    (read,) = chunks(path, open_tree(path, "jets"), ["mass"], 10)
    assert read.mass.tolist() == [0, 1, 2]


@pytest.fixture
def with_alias(tmp_path, monkeypatch, request):
    """A ROOT file with an alias that creates the file `hacked`, and the path of that."""
    hacked = tmp_path / "hacked"
    # Nothing but constants and attributes: names are only those of branches and functions.
    subclasses = [each.__name__ for each in object.__subclasses__()]
    system = f"().__class__.__base__.__subclasses__()[{subclasses.index('_wrap_close')}].__init__.__globals__['system']"
    alias = Model_TNamed.empty()
    alias._bases.append(uproot.models.TObject.Model_TObject.empty())
    alias._members |= {"fName": getattr(request, "param", "alias"), "fTitle": f"{system}('touch {hacked}')"}
    aliases = serialize_object_any(to_TList([alias]))
    build = _cascadetree.Tree._build_out

    def build_with_alias(tree):
        out = build(tree)
        assert out[-1] == b"\0" * 28
        out[-1] = aliases + b"\0" * 24  # in place of the first null pointer
        (version,) = struct.unpack(">H", out[0][4:])
        out[0] = numbytes_version(sum(map(len, out[1:])), version)
        return out

    monkeypatch.setattr(_cascadetree.Tree, "_build_out", build_with_alias)
    return write(tmp_path / "jets.root"), hacked


def test_an_alias_in_a_file_is_not_evaluated(with_alias):
    file, hacked = with_alias
    naive = uproot.open(file)["jets"]
    assert "alias" in naive.aliases
    with pytest.raises(TypeError, match="scalar"):  # the exit status of the payload is not an array
        naive.arrays(["alias"])
    hacked.unlink()
    with pytest.raises(UserError, match=r"has no branch 'alias'"):
        next(chunks(file, open_tree(file, "jets"), ["alias"], 10))
    with pytest.raises(KeyError, match="alias"):
        open_root(file)["jets"].arrays(["alias"], language=NamesOnly())
    (read,) = chunks(file, open_tree(file, "jets"), ["mass"], 10)
    assert read.mass.tolist() == [0, 1, 2]
    assert not hacked.exists()


@pytest.mark.parametrize("with_alias", ["mass"], indirect=True)
def test_an_alias_of_the_name_of_a_branch_is_left_out(with_alias):
    file, _ = with_alias
    with pytest.warns(uproot.exceptions.NameConflictWarning):
        uproot.open(file)["jets"].arrays(["mass"])
    (read,) = chunks(file, open_tree(file, "jets"), ["mass"], 10)
    assert read.mass.tolist() == [0, 1, 2]


def test_only_names_of_branches_are_read(tmp_path):
    tree = open_root(write(tmp_path / "jets.root"))["jets"]
    assert tree.arrays(["mass + 1"])["mass + 1"].tolist() == [1, 2, 3]
    with pytest.raises(KeyError, match="mass"):
        tree.arrays(["mass + 1"], language=NamesOnly())
    assert tree.arrays(["mass"], language=NamesOnly()).mass.tolist() == [0, 1, 2]
