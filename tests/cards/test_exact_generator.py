import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.exact_generator import ExactGenerator
from tagwerk.cards.generator import Generator
from tagwerk.errors import UserError
from tests.cli.test_simulate import CARD
from tests.simulate.exact_cards import generator, section


def dataset(tmp_path, generator):
    path = tmp_path / "exact.yaml"
    path.write_text(yaml.safe_dump(CARD | {"generator": generator}))
    return Dataset.load(path)


def test_a_generator_of_kind_exact_is_read_as_such_and_one_without_a_kind_as_pythia(tmp_path):
    assert isinstance(dataset(tmp_path, section()).generator, ExactGenerator)
    assert isinstance(dataset(tmp_path, CARD["generator"]).generator, Generator)


def test_parts_are_named_as_those_of_simulated_collisions():
    card = generator()
    assert card.parts() == ["one_prong_0000", "one_prong_0001", "two_prong_0000", "two_prong_0001"]
    assert card.process_and_number("two_prong_0001") == ("two_prong", 1)
    assert card.background == "one_prong"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"processes__one_prong__initial": {"core": 0.9}},
            r"'generator.processes.one_prong': key 'initial': .*0.9",
        ),
        (
            {"processes__two_prong__transitions__core": {"core": 0.5, "prong": 0.6}},
            r"key 'generator.processes.two_prong': key 'transitions.core': .* add up to 1, not 1.1",
        ),
        ({"processes__one_prong__initial": {"cor": 1.0}}, r"'initial': there is no state 'cor'; did you mean 'core'"),
        ({"processes__one_prong__transitions": {"core": {"core": 1.0}}}, r"there is no row for state 'prong'; add it"),
        ({"processes__one_prong__initial": {"core": 1.5, "prong": -0.5}}, "less than or equal to 1"),
        ({"signal": "two_prongs"}, r"key 'signal': there is no process 'two_prongs'; did you mean 'two_prong'"),
        ({"constituents": [5, 2]}, r"key 'constituents': the least number comes first"),
        ({"constituents": [0, 2]}, "greater than or equal to 1"),
        ({"leading_pt": [250, 50]}, r"'leading_pt': the lower edge must come first"),
        ({"leading_pt": [0, 50]}, r"'leading_pt': the lower edge must be above 0"),
        ({"states__prong__memory": 1.0}, r"key 'generator.states.prong.memory': .* less than 1"),
        ({"states__prong__width": 0.4}, r"'generator.states.prong': keys 'width' and 'memory'.*at most 0.5.*not 0.667"),
        ({"states__core__pt_ratio": [0, 2]}, r"key 'generator.states.core.pt_ratio.0'.*greater than 0"),
        ({"energy": 13000}, r"unknown key 'energy' .*\(in 'generator'\)"),
        ({"kind": "exakt"}, r"key 'generator': unknown 'kind'; known: pythia \(the default\), tau, exact$"),
    ],
)
def test_a_wrong_value_is_refused_by_its_place_in_the_card(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        dataset(tmp_path, section(**changes))


def test_a_third_process_is_refused(tmp_path):
    third = section()
    third["processes"]["third"] = third["processes"]["one_prong"]
    with pytest.raises(UserError, match="at most 2 items"):
        dataset(tmp_path, third)
