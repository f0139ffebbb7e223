from tagwerk.errors import UserError


def test_control_characters_are_shown_and_do_not_reach_the_terminal():
    name = "jets\x1b]0;title\x07\x1b[2K\rall is well\x9b\u202e\u2066"
    shown = r"jets\x1b]0;title\x07\x1b[2K\rall is well\x9b\u202e\u2066"
    assert str(UserError(f"a.root: there is no tree '{name}'")) == f"a.root: there is no tree '{shown}'"


def test_other_texts_stay_as_they_are():
    text = "größe 日本 'é' m² \u00a0 a\nb: c"
    assert str(UserError(text)) == text
