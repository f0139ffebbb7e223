"""Files on a server, by URL: `root://` through XRootD, or `https://`; like uproot, through fsspec."""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PosixPath
from stat import S_IFDIR, S_IFREG
from typing import Any, Self

import fsspec

from tagwerk.errors import UserError
from tagwerk.internals import forget_handles

# Of each protocol: the package to install, and fsspec's options. fsspec-xrootd looks for other servers of a file at the
# default port alone; and it closes a file that was opened longer than the time to live ago, even while it is read.
_PACKAGES = {"root": "fsspec-xrootd", "http": "aiohttp", "https": "aiohttp"}
_OPTIONS = {"root": {"locate_all_sources": False, "filehandle_cache_ttl": 1_000_000}}
# XRootD's own are 120 s and 5 attempts: it reports a wrong host after 8 minutes. A server that restarts within one
# minute is waited for, and reading resumes.
_PATIENCE = {"XRD_CONNECTIONWINDOW": "30", "XRD_CONNECTIONRETRY": "3"}
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_BUFFER_BYTES = 1 << 16


class RemoteError(UserError):
    """A remote file that cannot be read, for a reason that is not in its contents."""


class RemoteFile(PosixPath):
    """A file on a server. As text it is its URL, of which a plain path would merge the double slashes."""

    url: str
    protocol: str

    def __new__(cls, url: str) -> Self:
        """Return the file at a URL."""
        file = super().__new__(cls, url)
        file.url, file.protocol = url, url.partition("://")[0]
        return file

    def __str__(self) -> str:
        return self.url

    @property
    def storage_options(self) -> dict[str, Any]:
        """The options with which uproot opens the file: those of fsspec."""
        return {"use_listings_cache": False} | _OPTIONS.get(self.protocol, {})

    @property
    def parent(self) -> Self:
        """The folder of the file."""
        return type(self)(self.url.rpartition("/")[0])

    def resolve(self, strict: bool = False) -> Self:
        """Return the file itself: what is a link on a server is not known."""
        return self

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Return the size, time and type of the file or folder.

        Raises:
            UserError: there is none, or the server cannot be reached or refuses.
        """
        system, path = self.system()
        try:
            found = system.info(path)
        except Exception as error:  # whatever the client of the protocol raises
            raise self.fault(error) from None
        if found["size"] is None:
            raise UserError(f"{self}: cannot be read, its server does not give its size; copy the file to a disk first")
        mode, modified = S_IFDIR if found["type"] == "directory" else S_IFREG, int(found.get("mtime", 0))
        return os.stat_result((mode, 0, 0, 1, 0, 0, found["size"], modified, modified, modified))

    def open(self, mode: str = "rb", buffering: int = _BUFFER_BYTES) -> io.BufferedReader:  # type: ignore[override]
        """Open the file for reading bytes; raises as `stat`, also when it is read."""
        return io.BufferedReader(_Stream(self), buffering)

    def fault(self, error: Exception, where: str = "") -> RemoteError:
        """Return the error of a protocol's client as one line; its open files are given up."""
        forget_handles(self.system()[0])
        # To fsspec, every fault of HTTP is a file that is not found.
        cause = error.__cause__ if isinstance(error, FileNotFoundError) and error.__cause__ is not None else error
        reason = _reason(cause)
        return RemoteError(f"{self}: cannot be read{where} ({reason}); {_advice(cause, reason)}")

    def system(self) -> tuple[Any, str]:
        """Return fsspec's file system for the file's server, and the file's path on it.

        Raises:
            UserError: a package is missing or can no longer be loaded, or the host's name has a syntax error.
        """
        if self.protocol == "root" and "tensorflow" in sys.modules and "XRootD" not in sys.modules:
            # XRootD 6.2 would end the process with a segmentation fault.
            reason = "XRootD's client cannot be loaded after TensorFlow"
            raise UserError(f"{self}: {reason}; begin the program with `from XRootD import client`, or copy the file")
        os.environ.update({name: value for name, value in _PATIENCE.items() if name not in os.environ})
        try:
            system, path = fsspec.core.url_to_fs(self.url, **self.storage_options)
        except ImportError as error:
            package = _PACKAGES[self.protocol]
            raise UserError(f"{self}: needs the package '{package}' ({error}); pip install {package}") from None
        except ValueError as error:
            raise UserError(f"{self}: is not a valid URL ({_reason(error)}); write root://host//path") from None
        return system, str(path)


class _Stream(io.RawIOBase):
    """The bytes of a remote file, from as many requests as there are reads."""

    def __init__(self, file: RemoteFile) -> None:
        self._file, self._position, self._size = file, 0, file.stat().st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        stop = min(self._position + len(view), self._size)
        if stop <= self._position:
            return 0
        system, path = self._file.system()
        try:
            content = system.cat_file(path, start=self._position, end=stop)
        except Exception as error:  # whatever the client of the protocol raises
            raise self._file.fault(error) from None
        if len(content) != stop - self._position:
            raise self._file.fault(
                OSError(f"asked for {stop - self._position:,} bytes, its server sent {len(content):,}")
            )
        view[: len(content)] = content
        self._position = stop
        return len(content)


def protocol(name: str) -> str | None:
    """Return the protocol of a URL; None if it is the name of a local file.

    Raises:
        UserError: the protocol is not supported.
    """
    match = _URL.match(name)
    if match is None:
        return None
    if match[1] not in _PACKAGES:
        raise UserError(f"{name}: the protocol '{match[1]}' is not supported; give a URL with root:// or https://")
    return match[1]


def data_path(name: Path | str) -> Path:
    """Return a data file by its path or URL; the command line and cards give it as text.

    Raises:
        UserError: the protocol is not supported.
    """
    if isinstance(name, RemoteFile) or protocol(str(name)) is None:
        return Path(name) if isinstance(name, str) else name
    return RemoteFile(str(name))


def require_local(file: Path, what: str) -> None:
    """Raise UserError if a file of a kind that is only read from a disk is on a server."""
    if isinstance(file, RemoteFile):
        raise UserError(f"{file}: {what} can only be read from a local disk; copy it there, for example with xrdcp")


@cache
def matching_files(pattern: str) -> tuple[RemoteFile, ...]:
    """Return the file at a URL, or those that match it, sorted; only for patterns is the server asked, once.

    `*`, `[...]` and `**` make a URL a pattern, in which `?` is a wildcard as well; elsewhere it begins the query.

    Raises:
        UserError: a folder cannot be listed.
    """
    # After the host, which is in brackets if it is an IPv6 address.
    fixed = re.match(r"[^:]+://[^/]*/[^*[?]*(?=.*[*[])", pattern)
    if fixed is None:
        return (RemoteFile(pattern),)
    folder = fixed[0].rpartition("/")[0]
    found = _matches(folder, pattern.removeprefix(f"{folder}/").split("/"))
    return tuple(map(RemoteFile, sorted(set(found))))


def _matches(folder: str, names: list[str]) -> Iterator[str]:
    """Yield the URLs of the files below a folder that match the names, of which all but the last are of folders.

    fsspec has a glob of its own, which leaves out what it fails to list.
    """
    name, *rest = names
    entries = _listed(folder)
    if name == "**":
        yield from _matches(folder, rest or ["*"])
        for entry in (entry for entry, is_folder in entries.items() if is_folder and not entry.startswith(".")):
            yield from _matches(f"{folder}/{entry}", names)
        return
    for entry, is_folder in entries.items():
        hidden = entry.startswith(".") and not name.startswith(".")
        if is_folder == bool(rest) and fnmatchcase(entry, name) and not hidden:
            yield from _matches(f"{folder}/{entry}", rest) if rest else [f"{folder}/{entry}"]


@cache
def _listed(folder: str) -> dict[str, bool]:
    """Return the names in a folder, and whether each is a folder itself."""
    system, path = RemoteFile(folder).system()
    try:
        entries = system.ls(path, detail=True)
    except Exception as error:  # whatever the client of the protocol raises
        raise RemoteFile(folder).fault(error) from None
    if [each["name"] for each in entries] == [path]:  # the answer of fsspec-xrootd where the server refuses
        raise UserError(f"{folder}: cannot be listed, it is a file or permission is denied; name the files one by one")
    is_folder = {each["name"].rstrip("/").rpartition("/"): each["type"] == "directory" for each in entries}
    # Pages of web servers link to other folders, too.
    return {name: each for (parent, _, name), each in is_folder.items() if parent.rstrip("/") == path.rstrip("/")}


def connection_fault(file: Path, error: Exception, where: str = "") -> RemoteError | None:
    """Return the error for a remote file if reading failed on the way to it, None if the file itself is damaged."""
    # In place of bytes from HTTP, fsspec returns the error, which uproot tries to slice.
    sliced = str(error).endswith("Error' object is not subscriptable")
    of_client = sliced or isinstance(error, OSError) or type(error).__module__.startswith("aiohttp.")
    return file.fault(error, where) if isinstance(file, RemoteFile) and of_client else None


@contextmanager
def connected(file: Path) -> Iterator[None]:
    """Raise `connection_fault` for errors inside."""
    try:
        yield
    except Exception as error:
        if (fault := connection_fault(file, error)) is None:
            raise
        raise fault from None


def _advice(error: BaseException, reason: str) -> str:
    """Return what to do, by XRootD's number for an error or the status of HTTP."""
    status = getattr(error, "status", 0)
    if isinstance(error, FileNotFoundError) or reason.startswith("[3011]") or status == 404:
        return "correct the card's key 'files'"
    if "relative path" in reason:
        return "write two slashes after the host: root://host//path"
    if reason.startswith("[3010]") or "Auth failed" in reason or status in (401, 403):
        return "get a token or proxy for its server (BEARER_TOKEN, X509_USER_PROXY), or ask for read permission"
    return "check the host and the network, or run again when its server is back"


def _reason(error: BaseException) -> str:
    """Return the error as one line, of XRootD's the answer of the server alone."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    text = " ".join(str(error).split()).removesuffix(" object is not subscriptable") or type(error).__name__
    answer = re.search(r".*(\[(?:\d+|FATAL|ERROR)\] .*)", text)
    return (answer[1] if answer else text)[:200]
