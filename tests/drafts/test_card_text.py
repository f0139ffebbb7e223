import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagwerk.drafts.card_draft import Draft
from tagwerk.drafts.card_text import text_of

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30)


@given(title=TEXT, name=TEXT, number=st.integers(), nested=st.dictionaries(TEXT, TEXT, max_size=3))
def test_every_value_is_the_same_after_loading(title, name, number, nested):
    values = {"title": title, "files": [name], "tree": number, "jet": nested, "event": ["a"] * 60}
    assert yaml.safe_load(text_of(Draft("", "", values))) == values


def test_evidence_stands_above_its_key_and_doubt_on_its_line():
    draft = Draft("jets", "Toy", {"tree": "jets", "jet": {"pt": "jet_pt"}})
    draft = draft.remark("jet.pt", "one").remark("jet.pt", "two").check("tree", "is it this one?")
    assert text_of(draft).splitlines()[2:] == [
        "# - tree: is it this one?",
        "tree: jets  # CHECK: is it this one?",
        "jet:",
        "  # one",
        "  # two",
        "  pt: jet_pt",
    ]
