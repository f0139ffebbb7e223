import h5py
import numpy as np
import pytest

from tagwerk.errors import UserError
from tagwerk.readers.h5 import datasets_in, find_dataset, find_group, open_h5


@pytest.fixture
def file(tmp_path):
    """A dataset in a group, and a second such file next to it."""
    path = tmp_path / "jets.h5"
    for each in (path, tmp_path / "other.h5"):
        with h5py.File(each, "w") as opened:
            opened["data/x"] = np.arange(3.0)
    return path


def link(file, **links):
    with h5py.File(file, "r+") as opened:
        for name, target in links.items():
            opened[name.replace("__", "/")] = target


def error_message(file, name, find=find_dataset):
    with pytest.raises(UserError) as mistake, open_h5(file) as opened:
        find(opened, name)
    assert str(mistake.value).startswith(f"{file}: ")
    assert "\n" not in str(mistake.value)
    return str(mistake.value)


@pytest.mark.parametrize(
    "target",
    [
        h5py.SoftLink("/data/x"),
        h5py.SoftLink("data/x"),
        h5py.ExternalLink("other.h5", "/data/x"),
        h5py.ExternalLink("jets.h5", "data/x"),
    ],
)
def test_a_dataset_is_found_by_its_link(file, target):
    link(file, alias=target)
    with open_h5(file) as opened:
        assert find_dataset(opened, "alias")[:].tolist() == [0, 1, 2]
        assert sorted(datasets_in(opened)) == ["alias", "data/x"]


@pytest.mark.parametrize("target", [h5py.SoftLink("/data"), h5py.ExternalLink("other.h5", "/data")])
def test_a_group_and_its_contents_are_found_by_its_link(file, target):
    link(file, alias=target)
    with open_h5(file) as opened:
        assert find_dataset(opened, "x", "alias")[:].tolist() == [0, 1, 2]
        assert find_dataset(opened, "alias/x")[:].tolist() == [0, 1, 2]
        assert datasets_in(find_group(opened, "alias")) == ["x"]


def test_a_hard_link_is_another_name_of_a_dataset(file):
    with h5py.File(file, "r+") as opened:
        opened["second"] = opened["data/x"]
    with open_h5(file) as opened:
        assert find_dataset(opened, "second")[:].tolist() == [0, 1, 2]
        assert set(datasets_in(opened)) == {"second", "data/x"}


def test_links_to_links_are_followed(file):
    link(file, a=h5py.SoftLink("/b"), b=h5py.SoftLink("/c"), c=h5py.ExternalLink("other.h5", "data"))
    with open_h5(file) as opened:
        assert find_dataset(opened, "a/x")[:].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("target", "line"),
    [
        (h5py.SoftLink("/gone"), "'alias' is a link to '/gone', which does not exist"),
        (h5py.SoftLink("data/gone"), "'alias' is a link to 'data/gone', which does not exist"),
        (
            h5py.ExternalLink("gone.h5", "/data"),
            "'alias' is a link to '/data' in the file 'gone.h5', which does not exist",
        ),
        (h5py.ExternalLink("other.h5", "/gone"), "'alias' is a link to '/gone' in the file 'other.h5', which does not"),
        (h5py.ExternalLink("text.h5", "/data"), "in the file 'text.h5', which does not exist or cannot be opened"),
    ],
)
@pytest.mark.parametrize("name", ["alias", "alias/x"])
def test_a_dangling_link_is_named_with_its_target(file, target, line, name):
    (file.parent / "text.h5").write_text("text")
    link(file, alias=target)
    assert line in error_message(file, name)
    assert line in error_message(file, "alias", find_group)


def test_the_last_link_of_a_dangling_chain_is_reported(file):
    link(file, a=h5py.SoftLink("/b"), b=h5py.ExternalLink("gone.h5", "/x"))
    assert "'b' is a link to '/x' in the file 'gone.h5', which does not exist" in error_message(file, "a")


def test_cyclic_links_are_named(file):
    link(file, a=h5py.SoftLink("/b"), b=h5py.SoftLink("/a"), self=h5py.SoftLink("/self"))
    assert "in a cycle of links" in error_message(file, "a")
    assert "'self' is a link to '/self' in a cycle of links" in error_message(file, "self")


def test_cyclic_external_links_are_named(file):
    link(file, a=h5py.ExternalLink("other.h5", "/b"))
    link(file.parent / "other.h5", b=h5py.ExternalLink("jets.h5", "/a"))
    assert "in a cycle of links" in error_message(file, "a")


def test_cyclic_groups_are_listed_once(file):
    with h5py.File(file, "r+") as opened:
        opened["data/up"] = opened["/"]
        opened["data/here"] = h5py.SoftLink("/data")
    with open_h5(file) as opened:
        assert datasets_in(opened) == ["data/x"]
        assert find_dataset(opened, "data/up/data/here/x")[:].tolist() == [0, 1, 2]


def test_a_dangling_link_does_not_affect_the_others(file):
    link(file, alias=h5py.SoftLink("/gone"), far=h5py.ExternalLink("gone.h5", "/x"))
    with open_h5(file) as opened:
        assert find_dataset(opened, "data/x")[:].tolist() == [0, 1, 2]
    assert "has no dataset 'datax'; did you mean 'data/x'?" in error_message(file, "datax")


def test_an_error_in_a_linked_file_names_both_files(file):
    with h5py.File(file.parent / "other.h5", "r+") as opened:
        opened.create_dataset("none", (5,))
    link(file, alias=h5py.ExternalLink("other.h5", "/none"))
    assert "other.h5: dataset '/none' is incomplete" in error_message(file, "alias")
