"""Read files of any layout in tests."""

import pytest

from tagwerk.errors import UserError
from tagwerk.readers import layout
from tagwerk.readers.branches import branches
from tagwerk.readers.links import Tally


def read(file, card, step=10_000, tally=None):
    """The chunks of a file, read as the card says."""
    return layout.read(file, card, tally or Tally(), step)


def fields(card):
    """The names of the fields that reading with a card gives."""
    return {*branches(card), "row", *(["file"] if "file" in card.event else [])}


def error_message(file, card, step=10_000):
    """The one-line error of reading a file to its end."""
    with pytest.raises(UserError) as mistake:
        for _ in read(file, card, step):
            pass
    assert str(mistake.value).startswith(f"{file}: ")
    assert "\n" not in str(mistake.value)
    return str(mistake.value)
