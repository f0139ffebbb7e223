"""The workflow's configuration: names stay text, and an error names its origin."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tagwerk.workflow.configuration import check_card_name, check_study_names, configuration
from tests.conftest import DATASET, STUDY, TAGGERS, changed, toy_branches, write_card, write_root

NAMES = [
    "2024_01",
    "1e3",
    "true",
    "True",
    "null",
    "~",
    "007",
    "2024-01-01",
    "0x10",
    "nan",
    "[a]",
    "a b",
    "it's",
    "-x",
    "a=b",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_on_the_command_line_is_taken_as_written(name):
    assert configuration([], [f"study={name}"]) == {"study": name}


@pytest.mark.parametrize("name", ["2024_01", "1e3", "true", "null", "007", "2024-01-01", "0x10", "a b", "'x'", '"y"'])
def test_a_name_in_a_file_is_taken_as_written(tmp_path, name):
    file = write_card(tmp_path / "config.yaml", f"study: {name}  # comment\n")
    assert configuration([file], []) == {"study": name.strip("'\"")}


def test_later_files_and_the_command_line_take_precedence(tmp_path):
    files = [write_card(tmp_path / f"{name}.yaml", f"study: {name}\nsearch: {name}\n") for name in ("one", "two")]
    assert configuration(files, ["search='three'"]) == {"study": "two", "search": "three"}


def test_an_unknown_key_is_reported_with_its_origin(tmp_path):
    default = write_card(tmp_path / "config.yaml", "study: demo\n")
    user = write_card(tmp_path / "mine.yaml", "studdy: top\n")
    with pytest.raises(UserError) as error:
        configuration([default, user], [])
    assert str(error.value) == f"{user}: unknown key 'studdy' (value 'top'); did you mean 'study'?"
    with pytest.raises(UserError, match=r"^--config: unknown key 'serch' \(value 'x'\); did you mean 'search'"):
        configuration([default], ["serch=x"])


@pytest.mark.parametrize("text", ["study:\n", "study: [a, b]\n", "study: {a: b}\n", "study: ''\n"])
def test_a_value_that_is_not_a_name_is_refused(tmp_path, text):
    file = write_card(tmp_path / "config.yaml", text)
    with pytest.raises(UserError, match=r"config.yaml: key 'study': .* is not the name of a card"):
        configuration([file], [])


LAUGHS = "a: &a [x]\n" + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghij"))


@pytest.mark.parametrize("text", ["study\n", "- study\n", "study: [\n", "a: b: c\n", LAUGHS])
def test_a_file_that_is_not_a_mapping_is_refused_in_one_line(tmp_path, text):
    file = write_card(tmp_path / "config.yaml", text)
    with pytest.raises(UserError, match="^" + str(file)) as error:
        configuration([file], [])
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["a/b", "../demo", "/abs", ".", "..", "{study}", "a{b}c", "a\nb", "{}"])
def test_a_name_that_cannot_be_part_of_a_path_is_refused(name):
    with pytest.raises(UserError, match=r"^--config: key 'study': ") as error:
        check_card_name(name, "--config: key 'study'")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["a.b", "A b", "-x", ".x", "it's", "$x;y", "größe", "a{b", "a}b", "x%y"])
def test_other_names_are_accepted(name):
    check_card_name(name, "key 'study'")


def test_a_tagger_with_the_name_of_a_result_of_its_study_is_refused(config):
    for name in ("comparison", "features", "summary.json"):
        write_card(config.tagger(name), TAGGERS["lstm"])
        write_card(config.study, changed(STUDY, "taggers", [name]))
        with pytest.raises(UserError, match=f"key 'taggers': '{name}' is also the name of a study's own results;"):
            check_study_names(config.study, load_cards(config.study))


def test_a_file_with_braces_that_snakemake_would_replace_is_refused(config, monkeypatch):
    monkeypatch.chdir(config.root)
    write_root(Path("toy_0.root"), toy_branches(0, 4))
    (config.root / "toy_0.root").rename("a{part}.root")
    card = config.card.read_text().replace("toy_0.root", "'a{part}.root'").replace("- toy_1.root\n", "")
    write_card(config.card, card)
    with pytest.raises(UserError, match=r"key 'files': Snakemake reads the braces in 'a{part}.root' as a wildcard; re"):
        check_study_names(config.study, load_cards(config.study))


@pytest.fixture
def with_sample(config, monkeypatch):
    """The toy study and its files, with an alternative sample whose files a test names."""
    monkeypatch.chdir(config.root)
    for index in range(3):
        write_root(Path(f"toy_{index}.root"), toy_branches(4 * index, 4))
    write_card(config.study, changed(STUDY, "alternative_samples", ["other"]))

    def check(*files):
        write_card(config.card.with_name("other.yaml"), changed(DATASET, "files", list(files)))
        check_study_names(config.study, load_cards(config.study))

    return check


@pytest.mark.parametrize("files", [["toy_2.root", "toy_1.root"], ["toy_[12].root"], ["link.root"]])
def test_a_sample_with_a_file_of_the_dataset_is_refused(config, with_sample, files):
    Path("link.root").symlink_to("toy_1.root")
    with pytest.raises(UserError) as error:
        with_sample(*files)
    assert re.fullmatch(
        f"{config.study}: key 'alternative_samples': 'other' reads (toy_1|link).root, as the dataset does, so taggers "
        "may be trained on its jets; give the sample other files",
        str(error.value),
    )


def test_a_sample_of_other_files_is_accepted(with_sample):
    with_sample("toy_2.root")


@pytest.mark.parametrize(
    ("file", "reason"), [("toy_9.root", "no file matches 'toy_9.root'"), ("a{b}.root", "Snakemake reads the braces")]
)
def test_a_file_of_a_sample_that_cannot_be_read_is_named_with_its_card(config, with_sample, file, reason):
    Path("toy_2.root").rename("a{b}.root")
    with pytest.raises(UserError) as error:
        with_sample(file)
    assert str(error.value).startswith(f"{config.card.with_name('other.yaml')}: key 'files': {reason}")


def test_a_text_is_a_path_or_an_address_and_a_budget_a_number_of_minutes():
    given = ["text=../texts/one two.txt", "budget=0.5"]
    assert configuration([], given) == {"text": "../texts/one two.txt", "budget": "0.5"}
    for budget in ("", "0", "-1", "nan", "inf", "long"):
        with pytest.raises(UserError, match=r"^--config: key 'budget': .* is not a number of minutes; give one$"):
            configuration([], [f"budget={budget}"])
    with pytest.raises(UserError, match=r"^--config: key 'text': '' is not a file or an address; give one$"):
        configuration([], ["text="])
