"""The section `export` of a study card, also in its shorter forms."""

import pytest

from tagwerk.cards.exported import Export, as_export
from tagwerk.cards.load_study import load_cards
from tagwerk.errors import UserError
from tests.conftest import STUDY, write_card
from tests.training.onnx_models import CARD, SUMS, save_sums


def loaded(config, export):
    write_card(config.study, STUDY | {"export": export})
    return load_cards(config.study)


@pytest.mark.parametrize(
    ("given", "layouts"),
    [
        (True, ["tagwerk"]),
        ("cms", ["cms"]),
        (["atlas", "tagwerk"], ["atlas", "tagwerk"]),
        ({"layouts": ["cms"]}, ["cms"]),
    ],
)
def test_a_shorter_form_gives_the_layouts(config, given, layouts):
    cards = loaded(config, given)
    assert cards.study.export == Export(layouts=layouts)
    assert cards.exported == STUDY["taggers"]


@pytest.mark.parametrize("nothing", [False, [], None])
def test_nothing_is_exported_unless_asked(config, nothing):
    assert as_export(nothing) is None
    assert loaded(config, nothing).exported == []


def test_each_layout_has_names_of_its_own(config):
    names = {"atlas": {"constituents": "flows"}, "cms": {"constituents": "pfcands"}}
    cards = loaded(config, {"layouts": ["tagwerk", "atlas", "cms"], "taggers": ["gru"], "names": names})
    assert {layout: cards.export_names(layout) for layout in ("tagwerk", "atlas", "cms")} == {"tagwerk": {}} | names
    assert cards.exported == ["gru"]


@pytest.mark.parametrize(
    ("export", "message"),
    [
        (["atlas", "atlas"], "key 'export.layouts': 'atlas' is duplicated; name it once"),
        ("lhcb", "key 'export.layouts.0'"),
        ({"layouts": []}, "key 'export.layouts'"),
        ({"taggers": ["gru"]}, "key 'export.layouts' is missing; add it"),
        (
            {"layouts": ["cms"], "names": {"atlas": {"d0": "d0"}}},
            "'atlas' is not among the layouts; add it there, or drop",
        ),
        (
            {"layouts": ["cms"], "names": {"d0": "d0"}},
            "key 'export.names', name of an entry: Input should be 'atlas' or 'cms', not 'd0'",
        ),
        (
            {"layouts": ["tagwerk"], "selected": True},
            "key 'selected' is for the layouts 'atlas' and 'cms'; add one, or",
        ),
        (
            {"layouts": ["cms"], "taggers": ["grv"]},
            "key 'export.taggers': there is no 'grv' among the taggers of this study",
        ),
        ({"layouts": ["cms"], "name": {}}, "unknown key 'name'"),
    ],
)
def test_a_mistake_is_named(config, export, message):
    with pytest.raises(UserError) as error:
        loaded(config, export)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_of_a_trained_model_is_not_exported_again(config):
    file = save_sums(config.study.parents[2] / "sums.onnx")
    model = {"file": str(file), "inputs": SUMS, "outputs": ["narrow", "wide"]}
    write_card(config.study.parents[1] / "taggers/elsewhere.yaml", CARD | {"model": model})
    study = STUDY | {"taggers": ["gru", "elsewhere"]}
    write_card(config.study, study | {"export": True})
    assert load_cards(config.study).exported == ["gru"]
    write_card(config.study, study | {"export": {"layouts": ["tagwerk"], "taggers": ["elsewhere"]}})
    with pytest.raises(
        UserError, match=r"key 'export.taggers': 'elsewhere' is an ONNX file already, .*sums.onnx; drop"
    ):
        load_cards(config.study)
