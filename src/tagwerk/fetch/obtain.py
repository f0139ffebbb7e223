"""One file of a public data set: downloaded or found on disk, verified, and unpacked if it is an archive."""

from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.fetch.catalogue import PublicDataset, PublicFile
from tagwerk.fetch.download import checksum, download
from tagwerk.fetch.unpack import is_unpacked, unpack


def obtain(dataset: PublicDataset, file: PublicFile, folder: Path) -> str:
    """Make sure that a file, or the contents of its archive, are in a folder; return what was done.

    Raises:
        DownloadError: the file cannot be downloaded.
        UserError: another file of that name exists, or the folder cannot be written into.
    """
    target = folder / file.name
    archive = target.suffix == ".tar"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if archive and is_unpacked(target):
            return "already unpacked"
        status = _download_or_verify(dataset, file, target)
        if archive:
            unpack(target, folder / file.subfolder)
    except OSError as error:
        raise UserError(
            f"{error.filename or target}: {error.strerror or error}; make room or give another folder,"
            " then run the same command again"
        ) from None
    return f"{status} and unpacked" if archive else status


def _download_or_verify(dataset: PublicDataset, file: PublicFile, target: Path) -> str:
    if not target.exists():
        download(dataset.url(file), target, file.md5)
        return "fetched"
    if checksum(target) != file.md5:
        raise UserError(f"{target}: exists but does not match the checksum md5:{file.md5}; move it away")
    return "already there"
