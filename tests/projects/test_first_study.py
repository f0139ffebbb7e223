"""The first study has taggers that run on the dataset, one of them to edit."""

import pytest
import yaml

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.locate import SHIPPED
from tagwerk.cards.tagger import Tagger
from tagwerk.projects.first_study import first_study
from tests.conftest import DATASET, changed


def study_of(dataset, classes=("qcd", "top")):
    made = first_study("mine", dataset, classes)
    return yaml.safe_load(made.study), made


def test_the_tagger_to_edit_is_a_copy_with_a_title_and_a_colour_of_its_own():
    study, made = study_of(Dataset.load(SHIPPED / "datasets/top.yaml"))
    assert study["taggers"] == ["boosted_trees", "deep_sets", made.tagger_name]
    own, gru = Tagger.model_validate(yaml.safe_load(made.tagger)), Tagger.load(SHIPPED / "taggers/gru.yaml")
    assert own.model_copy(update={"title": gru.title, "color": gru.color}) == gru
    others = [Tagger.load(path) for path in (SHIPPED / "taggers").glob("*.yaml")]
    assert own.title not in [each.title for each in others]
    assert own.color not in [each.color for each in others]


@pytest.mark.parametrize("dataset", ["tau", "jetclass", "top_landscape", "quark_gluon"])
def test_taggers_that_lack_an_input_are_not_in_the_study(dataset):
    card = Dataset.load(SHIPPED / f"datasets/{dataset}.yaml")
    study, made = study_of(card)
    assert study["taggers"][-1] == made.tagger_name == f"my_{'gru' if dataset != 'tau' else 'tau_core_rnn'}"
    assert ("boosted_trees" in study["taggers"]) == ({"tau21", "tau32"} <= {*card.scalars})


def test_a_dataset_without_variables_has_networks_alone():
    study, _ = study_of(Dataset.model_validate(changed(DATASET, "substructure", None)))
    assert study["taggers"] == ["deep_sets", "my_gru"]


def test_the_last_class_is_the_signal_and_of_several_classes_the_choice_is_marked():
    two, three = study_of(None)[1].study, study_of(None, ("light", "c", "b"))[1].study
    assert "CHECK" not in two
    assert "\nsignal: b  # CHECK: of light, c, b; the class that is tagged\nbackground: light  # or a list" in three
