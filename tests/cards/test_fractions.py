"""The fractions of several background classes."""

import pytest

from tagwerk.cards.fractions import check_fractions
from tagwerk.cards.study import Study
from tests.conftest import STUDY, changed


def study(background, fractions=None):
    return Study.model_validate(changed(changed(STUDY, "background", background), "fractions", fractions))


def test_a_single_background_has_the_fraction_one():
    for card in (study("narrow"), study(["narrow"]), study("narrow", {"narrow": 1})):
        assert card.backgrounds == {"narrow": 1.0}


def test_several_backgrounds_keep_the_order_of_the_card():
    card = study(["light", "c"], {"c": 0.05, "light": 0.95})
    assert list(card.backgrounds.items()) == [("light", 0.95), ("c", 0.05)]


@pytest.mark.parametrize(
    ("backgrounds", "fractions", "message"),
    [
        (["c", "light"], {}, "key 'fractions': gives no fractions for 'c' and 'light'; name every background class"),
        (["c", "light"], {"c": 1}, "key 'fractions': gives no fraction for 'light'; name every background class"),
        (["c", "light"], {"lihgt": 1}, "'lihgt' is not among the classes of key 'background'; did you mean 'light'?"),
        (["c", "light"], {"c": 0.05, "light": 0.9}, "the fractions add up to 0.95; they must add up to one"),
        (["light"], {"light": 0.5}, "the fractions add up to 0.5; they must add up to one"),
    ],
)
def test_a_message_names_class_and_sum(backgrounds, fractions, message):
    with pytest.raises(ValueError, match="key 'fractions'") as error:
        check_fractions(backgrounds, fractions)
    assert message in str(error.value)


def test_thirds_add_up_to_one():
    check_fractions(["a", "b", "c"], dict.fromkeys("abc", 0.3333333))
