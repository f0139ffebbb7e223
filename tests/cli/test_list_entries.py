import json

from tagwerk.listings.listings import KINDS, listing
from tests.conftest import run


def test_without_an_argument_everything_is_listed(capsys):
    assert run("list") == 0
    blocks = capsys.readouterr().out.split("\n\n")
    assert [block.partition(":")[0] for block in blocks] == [*KINDS]


def test_json_has_the_same_entries(capsys):
    assert run("list", "features", "layouts", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {kind: listing(kind) for kind in ("features", "layouts")}


def test_an_unknown_kind_is_refused_in_one_line(failed):
    assert failed("list", "tagger") == "tagwerk: tagger: no such list; did you mean 'taggers'?"
