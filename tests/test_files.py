import pytest

from tagwerk.errors import UserError
from tagwerk.files import whole


def write_file(draft):
    draft.write_text("half")


def write_directory(draft):
    draft.mkdir()
    (draft / "inside").write_text("half")


def write_and_fail(path, write):
    with whole(path) as draft:
        write(draft)
        raise KeyboardInterrupt


WRITERS = pytest.mark.parametrize("write", [write_file, write_directory])


@WRITERS
def test_what_is_written_whole_appears_under_its_name_alone(tmp_path, write):
    with whole(tmp_path / "a/b/out") as draft:
        write(draft)
        assert not (tmp_path / "a/b/out").exists()
    assert [path.name for path in (tmp_path / "a/b").iterdir()] == ["out"]


@WRITERS
def test_after_an_error_nothing_is_left(tmp_path, write):
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "out", write)
    assert list(tmp_path.iterdir()) == []


@WRITERS
def test_after_an_error_the_old_content_still_stands(tmp_path, write):
    with whole(tmp_path / "out") as draft:
        write(draft)
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "out", write)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    out = tmp_path / "out"
    assert (out / "inside" if out.is_dir() else out).read_text() == "half"


@pytest.mark.parametrize(
    ("old", "write"), [(write_file, write_file), (write_file, write_directory), (write_directory, write_directory)]
)
def test_the_old_content_is_replaced_as_a_whole(tmp_path, old, write):
    old(tmp_path / "out")
    with whole(tmp_path / "out") as draft:
        write(draft)
        written = draft.is_dir()
    assert (tmp_path / "out").is_dir() == written
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@WRITERS
def test_a_directory_with_other_files_is_never_replaced(tmp_path, write):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("years of work")
    with (
        pytest.raises(UserError, match=r"out: is a directory with other files in it \(thesis.tex\)"),
        whole(tmp_path / "out") as draft,
    ):
        write(draft)
    assert (tmp_path / "out/thesis.tex").read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_suffix_stays_last_for_writers_that_choose_their_format_by_it(tmp_path):
    with whole(tmp_path / "out.parquet") as draft:
        assert draft.suffix == ".parquet"
        assert draft.parent == tmp_path
        draft.touch()


def test_a_draft_that_a_killed_process_left_does_not_stand_in_the_way(tmp_path):
    with whole(tmp_path / "out") as draft:
        write_directory(draft)
        name = draft.name
    write_directory(tmp_path / name)  # process numbers come again, in a container soon
    with whole(tmp_path / "out") as draft:
        write_directory(draft)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
