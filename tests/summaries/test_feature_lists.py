"""Lists of features: those of a tagger, as text, and in the summary."""

import pytest

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.tagger import Inputs
from tagwerk.errors import UserError
from tagwerk.summaries.feature_lists import all_features, features_of, format_features, parse_features
from tagwerk.summaries.summarise import summarise, summary_of
from tests.conftest import DATASET, changed

INPUTS = Inputs(
    sequences={"constituents": ["log_pt", "charge"]}, trees={"constituents_random": ["lund_kt"]}, scalars=["mass"]
)
TEXT = "constituents.charge,constituents.log_pt,constituents_random.lund_kt"


def test_the_text_of_a_list_does_not_depend_on_its_order(toy):
    assert format_features(features_of(INPUTS)) == TEXT
    assert (
        format_features(features_of(INPUTS.model_copy(update={"sequences": {"constituents": ["charge", "log_pt"]}})))
        == TEXT
    )
    dataset = Dataset.load(toy.card)
    assert format_features(parse_features(TEXT, dataset)) == TEXT
    assert format_features({}) == format_features({"constituents": []}) == "none"
    assert parse_features("none", dataset) == {}
    assert parse_features("all", dataset) == all_features(dataset)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("constituent.log_pt", "no sequence or tree 'constituent'; did you mean 'constituents'?"),
        ("constituents.log_tp", "no 'log_tp' of 'constituents'; did you mean 'log_pt'?"),
        ("constituents", "no '' of 'constituents'"),
        ("", "no sequence or tree ''"),
    ],
)
def test_an_unknown_feature_is_refused(toy, text, message):
    with pytest.raises(UserError) as error:
        parse_features(text, Dataset.load(toy.card))
    assert str(error.value).startswith(f"features: there is {message}")


def test_a_summary_of_some_features_has_the_moments_that_all_have(toy):
    dataset, whole = toy.load()
    some = summarise(toy.card, toy.parts, features=TEXT)
    names = {group: set(moments) for group, moments in some.moments.items()}
    assert names == {
        "jet": set(dataset.scalars),
        "constituents": {"charge", "log_pt"},
        "constituents_random": {"lund_kt"},
    }
    for group, moments in some.moments.items():
        for name, values in moments.items():
            assert values == whole.moments[group][name]
            assert some.ranges[group][name] == whole.ranges[group][name]
    others = {"moments", "ranges", "not_finite"}
    assert some.model_dump(exclude=others) == whole.model_dump(exclude=others)
    assert set(summarise(toy.card, toy.parts, features="none").moments) == {"jet"}
    assert summary_of(toy.parts, dataset) == whole


def test_a_card_that_has_no_trees_has_no_features_of_them():
    card = Dataset.model_validate(changed(DATASET, "sequences.constituents.trees", None))
    assert set(all_features(card)) == {"constituents"}
