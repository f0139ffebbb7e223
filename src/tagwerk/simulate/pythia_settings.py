"""Pythia settings from a card: numbers and switches, but no names of files or plug-ins, which Pythia loads and runs."""

import re
from typing import Any

from tagwerk.errors import UserError

# Of a process, particle or parameter, as in `HardQCD:all = on`, `24:onIfAny = 1 2` or `SLHA::useDecayTable on`.
_SETTING = re.compile(r"\s*(?P<name>-?\w+:+\w+(?::+\w+)*)\s*[\s=]\s*(?P<value>[ -~]*)", re.ASCII)
_NUMBER = re.compile(r"\d+\s*", re.ASCII)


def check_setting(settings: Any, setting: str, key: str) -> None:
    """Check a setting of a card before Pythia reads it, upon which it would load a plug-in.

    Args:
        settings: Pythia's, which know the type of each.
        setting: to check.
        key: of it in the card.

    Raises:
        UserError: it is not of the form `name = value`, or names a file or plug-in.
    """
    match = _SETTING.fullmatch(setting)
    if match is None:
        raise UserError(f"key '{key}': '{setting}' is not of the form 'Group:name = value'; correct it")
    name = re.sub(":+", ":", match["name"]).lower()
    is_text = settings.isWord(name) or settings.isWVec(name)
    is_pdf_set = name.startswith("pdf:") and _NUMBER.fullmatch(match["value"]) is not None
    if (is_text and not is_pdf_set) or "reuse" in name:  # of the multiparton interactions that an earlier run stored
        raise UserError(
            f"key '{key}': '{setting}' can make Pythia read or write a file or run a plug-in; leave it out: cards are"
            " restricted to settings that are numbers or switches"
        )
