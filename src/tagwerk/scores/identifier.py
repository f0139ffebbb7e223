"""Names of columns that C++, Python and HDF5 take."""

import re


def identifier(name: str) -> str:
    """Return a name as an identifier of C++ and Python: other characters become `_`."""
    text = re.sub(r"[^A-Za-z0-9_]+", "_", name)
    return text if re.match("[A-Za-z]", text) else f"t{text}"
