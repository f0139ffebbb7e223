"""A repository on loopback that does what it is told to, and a public data set in it."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import urlsplit

from tagwerk.fetch.catalogue import PublicFile, PublicSet


@dataclass(frozen=True)
class Does:
    """What the server does with one request."""

    status: int | None = None  # instead of the file
    bytes: int | None = None  # breaks off after so many
    ranges: bool = True
    shift: int = 0  # says that its answer begins this much later
    length: bool = True  # says how long its answer is


@dataclass
class Repository:
    """Files by name, what to do with the next requests, and the ranges asked for."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    next: list[Does] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)

    def holding(self, **into: str) -> PublicSet:
        """Return the public data set of all files, those named here unpacked into folders."""
        files = tuple(
            PublicFile(name, hashlib.md5(content).hexdigest(), into.get(name.partition(".")[0], ""))
            for name, content in self.files.items()
        )
        return PublicSet("Toy jets", "10.5281/zenodo.42", files, 0.1, "Nobody (2019)", repository=self.url)


@contextmanager
def serving() -> Iterator[Repository]:
    """Give a repository that a server has."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            does = repository.next.pop(0) if repository.next else Does()
            path = urlsplit(self.path).path
            content = repository.files.get(path.removeprefix("/records/42/files/"))
            repository.ranges.append(self.headers["Range"])
            if does.status or content is None:
                self.send_error(does.status or 404)
                return
            answer(self, does, content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    repository = Repository(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(request: BaseHTTPRequestHandler, does: Does, content: bytes) -> None:
    """Send a file or, where asked for and known, its end."""
    asked = request.headers["Range"] if does.ranges else None
    start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
    if asked and start >= len(content):
        request.send_response(416)
        request.send_header("Content-Range", f"bytes */{len(content)}")
        request.end_headers()
        return
    request.send_response(206 if asked else 200)
    if asked:
        request.send_header("Content-Range", f"bytes {start + does.shift}-{len(content) - 1}/{len(content)}")
    if does.length:
        request.send_header("Content-Length", str(len(content) - start))
    request.end_headers()
    request.wfile.write(content[start:][: does.bytes])


def tar_of(members: dict[str, bytes], **changes: object) -> bytes:
    """Return a tar archive of files by name, each with some of its fields changed."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for key, value in changes.items():
                setattr(member, key, value)
            tar.addfile(member, BytesIO(content))
    return stream.getvalue()
