"""The local repository that tests download from; no test uses the network."""

from collections.abc import Iterator

import pytest

from tests.fetch.server import Repository, serving


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as repository:
        yield repository
