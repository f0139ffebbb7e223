"""The changes with which a tagger is probed."""

from tagwerk.cards.input_columns import schema_of
from tagwerk.robustness.variations import input_exchanges, perturbations, rank_exchanges
from tests.conftest import TAGGERS, architecture_card


def schema(toy, inputs):
    return schema_of(toy.load()[0], inputs)


def test_every_change_has_its_own_name(toy):
    inputs = toy.load_tagger("lstm").inputs
    for group in (perturbations(), input_exchanges(inputs, schema(toy, inputs)), rank_exchanges(schema(toy, inputs))):
        assert len({each.key for each in group}) == len({(each.sequence, each.title) for each in group}) == len(group)


def test_boosted_trees_exchange_their_variables_and_no_constituents(toy):
    inputs = toy.load_tagger("boosted_trees").inputs
    assert [each.key for each in input_exchanges(inputs, schema(toy, inputs))] == ["mass", "width"]
    assert rank_exchanges(schema(toy, inputs)) == []


def test_networks_exchange_momentum_direction_and_each_further_column(toy):
    inputs = toy.load_tagger("lstm").inputs
    assert "charge" in TAGGERS["lstm"]["inputs"]["sequences"]["constituents"]
    keys = [each.key for each in input_exchanges(inputs, schema(toy, inputs))]
    assert keys == ["constituents.momentum", "constituents.direction", "constituents.charge"]


def test_recursive_networks_exchange_the_leaves_of_their_trees(toy):
    from tagwerk.cards.tagger import Tagger

    inputs = Tagger.model_validate(architecture_card("recursive")).inputs
    keys = [each.key for each in input_exchanges(inputs, schema(toy, inputs))]
    assert keys == ["constituents.momentum", "constituents.direction"]
    assert {each.sequence for each in rank_exchanges(schema(toy, inputs))} == {"constituents"}
