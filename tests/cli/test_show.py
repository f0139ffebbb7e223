from tagwerk.cards.tagger import Tagger
from tests.conftest import run


def test_what_is_shown_is_a_card_again_also_with_layers(capsys, tmp_path, tensorflow):
    for options in ([], ["--layers"], ["--dataset", "top"]):
        assert run("show", "gru", *options) == 0
        shown = capsys.readouterr().out
        (tmp_path / "gru.yaml").write_text(shown)
        assert Tagger.load(tmp_path / "gru.yaml").inputs == Tagger.load("gru").inputs
        assert ("69,954 trainable parameters" in shown) == bool(options)
        assert ("tagwerk show gru --layers" in shown) == (not options)


def test_other_cards_of_the_name_are_pointed_out(capsys):
    assert run("show", "lstm") == 0
    assert "# There is another card of this name: tagwerk show searches/lstm\n" in capsys.readouterr().out


def test_an_unknown_card_and_layers_of_another_kind_are_refused(failed):
    assert failed("show", "grru") == "tagwerk: grru: no such card; did you mean 'gru'?"
    assert "only taggers have layers" in failed("show", "demo", "--layers")
