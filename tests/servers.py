"""Servers of a folder's files on this machine: XRootD's own, and one for HTTP with byte ranges."""

import math
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

BROKEN_AFTER = 200_000  # bytes of a file

_SETTINGS = """
all.export /
oss.localroot {folder}/files
all.adminpath {folder}/admin
all.pidpath {folder}/admin
xrd.port {port}
xrd.network nodnr
"""


class XRootDServer:
    """An XRootD server of `files` in a folder of its own; it is not run as root, from whom files may be hidden."""

    def __init__(self, folder: Path) -> None:
        self.files, self._settings = folder / "files", folder / "xrootd.cfg"
        folder.chmod(0o755)
        for path in (self.files, folder / "admin"):
            path.mkdir(mode=0o755)
        self._user = []
        if os.getuid() == 0:
            shutil.chown(folder / "admin", "nobody")
            self._user = ["-R", "nobody"]
        with socket.socket() as free:
            free.bind(("localhost", 0))
            self.port = free.getsockname()[1]
        self._settings.write_text(_SETTINGS.format(folder=folder, port=self.port))
        self.start()

    def url(self, name: str) -> str:
        return f"root://localhost:{self.port}//{name}"

    def start(self) -> None:
        command = ["xrootd", *self._user, "-c", str(self._settings)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self._process.pid
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as attempt:
                if attempt.connect_ex(("localhost", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.kill()
        raise TimeoutError("the XRootD server did not start")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def add(self, *files: Path) -> list[str]:
        """Copy files to the server; return their URLs."""
        return [self.url(shutil.copy(file, self.files / file.name).name) for file in files]


@contextmanager
def xrootd_server() -> Iterator[XRootDServer]:
    """Run an XRootD server; without its program or the Python packages, skip the test."""
    pytest.importorskip("fsspec_xrootd", reason="the package fsspec-xrootd is not installed")
    if shutil.which("xrootd") is None:
        pytest.skip("the program xrootd is not installed (Debian: apt-get install xrootd-server)")
    # Not in pytest's folder, which other users may not enter; with a short path, as Unix sockets need it.
    with tempfile.TemporaryDirectory(prefix="xrootd-") as folder:
        server = XRootDServer(Path(folder))
        try:
            yield server
        finally:
            server.kill()


class _Ranges(SimpleHTTPRequestHandler):
    """Sends the bytes asked for; refuses files named `denied`, and breaks off within those named `broken`."""

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path))
        if "denied" in path.name:
            return self.send_error(403)
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not path.is_file() or asked is None or "no_ranges" in path.name:
            return super().send_head()
        start, stop = int(asked[1]), int(asked[2]) + 1
        content = path.read_bytes()[start:stop]
        self.send_response(206)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        breaks = "broken" in path.name and start <= BROKEN_AFTER < stop
        return BytesIO(content[: BROKEN_AFTER - start] if breaks else content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def cutting_proxy(server: XRootDServer, after: int) -> Iterator[int]:
    """Give a port that leads to the server and closes each connection after so many bytes from it."""

    def pass_on(source: socket.socket, target: socket.socket, limit: float) -> None:
        with suppress(OSError):
            while limit > 0 and (received := source.recv(1 << 16)):
                target.sendall(received[: int(min(limit, 1 << 16))])
                limit -= len(received)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    opened: list[socket.socket] = []
    with socket.create_server(("localhost", 0)) as listener, ThreadPoolExecutor(100) as pumps:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    opened.append(client := listener.accept()[0])
                    opened.append(remote := socket.create_connection(("localhost", server.port)))
                    pumps.submit(pass_on, client, remote, math.inf)
                    pumps.submit(pass_on, remote, client, after)

        pumps.submit(accept)
        try:
            yield listener.getsockname()[1]
        finally:
            for each in (listener, *opened):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
    for each in opened:
        each.close()


@contextmanager
def http_server(folder: Path) -> Iterator[str]:
    """Run an HTTP server of a folder and give its URL; without the Python package, skip the test."""
    pytest.importorskip("aiohttp", reason="the package aiohttp is not installed")
    with ThreadingHTTPServer(("localhost", 0), partial(_Ranges, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
