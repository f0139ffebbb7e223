from pathlib import Path

from tagwerk.cards.dataset import Dataset
from tagwerk.cards.reference import reference


def test_page_of_all_keys_is_up_to_date() -> None:
    """Update it with `python -m tagwerk.cards.reference > docs/cards.md`."""
    assert Path("docs/cards.md").read_text() == reference() + "\n"


def test_page_names_every_key_of_a_dataset() -> None:
    page = reference()
    assert all(f"| `{key}` |" in page for key in Dataset.model_fields)
