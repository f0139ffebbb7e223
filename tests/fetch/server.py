"""A repository on the loopback interface with scripted replies, and a public data set in it."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import urlsplit

from tagwerk.fetch.catalogue import PublicDataset, PublicFile


@dataclass(frozen=True)
class Reply:
    """How the server replies to one request."""

    status: int | None = None  # an error instead of the file
    cut_after: int | None = None  # bytes sent before the connection drops
    supports_ranges: bool = True
    shift: int = 0  # bytes by which Content-Range is wrong
    sends_length: bool = True


@dataclass
class Repository:
    """Files by name, replies to the next requests, and the ranges requested so far."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)

    def as_dataset(self, **subfolders: str) -> PublicDataset:
        """Return the public data set of all files; `subfolders` gives where an archive is unpacked, by its stem."""
        files = tuple(
            PublicFile(name, hashlib.md5(content).hexdigest(), subfolders.get(name.partition(".")[0], ""))
            for name, content in self.files.items()
        )
        return PublicDataset("Toy jets", "10.5281/zenodo.42", files, 0.1, "Nobody (2019)", repository=self.url)


@contextmanager
def serving() -> Iterator[Repository]:
    """Yield a repository while its server is running."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = repository.replies.pop(0) if repository.replies else Reply()
            path = urlsplit(self.path).path
            content = repository.files.get(path.removeprefix("/records/42/files/"))
            repository.ranges.append(self.headers["Range"])
            if reply.status or content is None:
                self.send_error(reply.status or 404)
                return
            send(self, reply, content)

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


def send(request: BaseHTTPRequestHandler, reply: Reply, content: bytes) -> None:
    """Send a file or, if requested and supported, its end."""
    byte_range = request.headers["Range"] if reply.supports_ranges else None
    start = int(byte_range.removeprefix("bytes=").removesuffix("-")) if byte_range else 0
    if byte_range and start >= len(content):
        request.send_response(416)
        request.send_header("Content-Range", f"bytes */{len(content)}")
        request.end_headers()
        return
    request.send_response(206 if byte_range else 200)
    if byte_range:
        request.send_header("Content-Range", f"bytes {start + reply.shift}-{len(content) - 1}/{len(content)}")
    if reply.sends_length:
        request.send_header("Content-Length", str(len(content) - start))
    request.end_headers()
    request.wfile.write(content[start:][: reply.cut_after])


def tar_of(members: dict[str, bytes], **changes: object) -> bytes:
    """Return a tar archive of files by name, with the given header fields changed in each."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for key, value in changes.items():
                setattr(member, key, value)
            tar.addfile(member, BytesIO(content))
    return stream.getvalue()
