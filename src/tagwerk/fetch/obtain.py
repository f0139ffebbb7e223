"""One file of a public data set, from wherever it is into its folder."""

from pathlib import Path

from tagwerk.errors import UserError
from tagwerk.fetch.catalogue import PublicFile, PublicSet
from tagwerk.fetch.download import checksum, download
from tagwerk.fetch.unpack import unpack, unpacked


def obtain(public: PublicSet, file: PublicFile, folder: Path) -> str:
    """Make sure that a file, or what its archive holds, is in a folder; return what there was to do.

    Raises:
        DownloadError: the file does not come.
        UserError: another file stands in the way, or the folder cannot take it.
    """
    target = folder / file.name
    archive = target.suffix == ".tar"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if archive and unpacked(target):
            return "unpacked already"
        done = _bring(public, file, target)
        if archive:
            unpack(target, folder / file.into)
    except OSError as trouble:
        raise UserError(
            f"{trouble.filename or target}: {trouble.strerror or trouble}; make room or give another folder,"
            " then run the same command again"
        ) from None
    return f"{done} and unpacked" if archive else done


def _bring(public: PublicSet, file: PublicFile, target: Path) -> str:
    if not target.exists():
        download(public.url(file), target, file.md5)
        return "fetched"
    if checksum(target) != file.md5:
        raise UserError(f"{target}: is there, but does not have the checksum md5:{file.md5}; move it away")
    return "there already"
