import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import to_yaml

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30)


@given(title=TEXT, name=TEXT, number=st.integers(), nested=st.dictionaries(TEXT, TEXT, max_size=3))
def test_every_value_survives_loading(title, name, number, nested):
    values = {"title": title, "files": [name], "tree": number, "jet": nested, "event": ["a"] * 60}
    assert yaml.safe_load(to_yaml(Draft("", "", values))) == values


def test_comments_are_above_their_key_and_checks_on_its_line():
    draft = Draft("jets", "Toy", {"tree": "jets", "jet": {"pt": "jet_pt"}})
    draft = draft.with_comment("jet.pt", "one").with_comment("jet.pt", "two").with_check("tree", "is it this one?")
    assert to_yaml(draft).splitlines()[2:] == [
        "# - tree: is it this one?",
        "tree: jets  # CHECK: is it this one?",
        "jet:",
        "  # one",
        "  # two",
        "  pt: jet_pt",
    ]
