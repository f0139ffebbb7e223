import yaml

from tagwerk.cards.card_yaml import card_yaml


def test_plain_lists_are_on_one_line_and_mappings_are_blocks_in_the_order_given():
    values = {"b": [1, [2, 3]], "a": {"x": "η", "n": None}, "c": [{"name": "q"}]}
    assert card_yaml(values) == "b: [1, [2, 3]]\na:\n  x: η\n  n: null\nc:\n- name: q\n"
    assert yaml.safe_load(card_yaml(values)) == values
