"""The zip archive in which Keras and skops store a model."""

from pathlib import Path
from zipfile import ZIP_STORED, ZipFile


def member_names(file: Path) -> list[str]:
    """Return the names of an archive's members, none of which is compressed: a few bytes could fill the memory.

    Raises:
        ValueError: one is.
    """
    with ZipFile(file) as archive:
        if any(member.compress_type != ZIP_STORED for member in archive.infolist()):
            raise ValueError(f"{file.name} is compressed")
        return archive.namelist()
