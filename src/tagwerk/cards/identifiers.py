"""Names in cards that become columns of files, and so cannot be free texts."""

import re
from typing import Annotated

from pydantic import AfterValidator


def _check_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(
            "branch names are free, but this name must consist of letters A-Z, digits and '_' and start with a letter"
        )
    return name


Name = Annotated[str, AfterValidator(_check_name)]
