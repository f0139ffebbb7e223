"""Lists of paths for commands that read thousands: as arguments, they would be too many."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.files import atomic_write


def write_list(file: Path, paths: Iterable[str], replace: bool = True) -> None:
    """Write a list of paths, one per line, unless the file holds just that; another content only if `replace`.

    Raises:
        UserError: the file cannot be written.
    """
    content = "".join(f"{path}\n" for path in paths).encode()
    try:
        with suppress(FileNotFoundError):
            if file.read_bytes() == content or not replace:
                return
        with atomic_write(file) as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror}); make its folder writable for you") from None
