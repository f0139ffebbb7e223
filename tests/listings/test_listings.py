"""What `tagwerk list` shows: every card and everything that cards can name, whether the cards are valid or not."""

from pathlib import Path
from pkgutil import iter_modules

import pytest

import tagwerk.readers.layouts
import tagwerk.taggers
from tagwerk.cards.locate import SHIPPED
from tagwerk.errors import UserError
from tagwerk.jets.features import FEATURES
from tagwerk.jets.lund import LUND
from tagwerk.jets.substructure import VARIABLES
from tagwerk.jets.tau_variables import TAU_VARIABLES
from tagwerk.listings.listings import KINDS, listing, listing_text
from tests.conftest import TAGGERS, write_card


def names(kind: str) -> list[str]:
    return [row["name"] for row in listing(kind)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["datasets", "taggers", "studies", "searches"])
def test_every_included_card_is_listed_once_with_its_title(kind, folder):
    assert names(kind) == sorted(path.stem for path in (SHIPPED / kind).glob("*.yaml"))
    assert all(row["title"] and not row["title"].startswith("(") for row in listing(kind))
    assert {row["from"] for row in listing(kind)} == {"Tagwerk"}


def test_all_that_cards_can_name_is_listed():
    assert names("layouts") == sorted(module.name for module in iter_modules(tagwerk.readers.layouts.__path__))
    assert names("architectures") == sorted(module.name for module in iter_modules(tagwerk.taggers.__path__))
    assert {*FEATURES, *LUND, "pt", "eta", "phi", "energy"} <= {*names("features")}
    assert names("variables") == [*VARIABLES, *TAU_VARIABLES]


def test_a_feature_is_described_with_its_unit():
    (row,) = (row for row in listing("features") if row["name"] == "momentum")
    assert row == {"name": "momentum", "what it is": "magnitude of the momentum, in GeV", "of": "constituents"}


def test_own_cards_come_first_and_say_so_if_they_replace_one_of_tagwerk(folder):
    for name in ("zeta", "lstm"):
        write_card(folder / f"config/taggers/{name}.yaml", TAGGERS["lstm"] | {"title": "Own"})
    first, second, *others = listing("taggers")
    assert first == {
        "name": "lstm", "title": "Own", "architecture": "recurrent", "from": "config, instead of Tagwerk's"
    }  # fmt: skip
    assert second == first | {"name": "zeta", "from": "config"}
    assert "lstm" not in [row["name"] for row in others]


@pytest.mark.parametrize(
    ("text", "title"),
    [("a: [1", "(not valid YAML: "), ("[1]", "(a card is a mapping of keys to values"), ("x: 1", "(without a title)")],
)
def test_a_card_that_cannot_be_read_is_listed_with_the_reason(text, title, folder):
    write_card(folder / "config/studies/broken.yaml", text)
    assert listing("studies")[0]["title"].startswith(title)


def test_columns_say_which_files_which_dataset_and_how_many_taggers(folder):
    by_name = {kind: {row["name"]: row for row in listing(kind)} for kind in ("datasets", "studies", "searches")}
    assert by_name["datasets"]["top"]["layout"] == "simulated"
    assert by_name["datasets"]["jetclass"]["layout"] == "jets"
    assert (by_name["studies"]["demo"]["dataset"], by_name["studies"]["demo"]["taggers"]) == ("top", "4")
    assert by_name["studies"]["physlite_taus"]["dataset"] == "none"
    assert by_name["searches"]["lstm"]["taggers"] == "lstm"
    assert by_name["searches"]["worth_a_try"]["taggers"] == "dense and 18 more"


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_a_heading_and_one_line_per_entry_in_aligned_columns(kind, folder):
    write_card(folder / "config/scores/theirs.yaml", "title: Theirs")
    heading, columns, *lines = listing_text(kind).split("\n")
    assert heading.startswith(f"{kind}: ")
    assert len(lines) == len(listing(kind)) > 0
    last = columns.rindex("  ") + 2
    assert all(line[last - 2 : last] == "  " and line[last] != " " for line in lines)


def test_an_empty_folder_is_listed_as_such(folder):
    assert listing_text("scores") == "scores: none"


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(UserError, match=r"^tagger: no such list; did you mean 'taggers'\?$"):
        listing("tagger")
