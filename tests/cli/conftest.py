"""What a command says when it fails."""

import re
from collections.abc import Callable

import pytest

from tests.conftest import run


@pytest.fixture
def failed(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """A function that runs a command which ends in status 2, and returns the one line beside its progress."""

    def fails(*arguments: object) -> str:
        capsys.readouterr()
        assert run(*arguments) == 2
        lines = capsys.readouterr().err.splitlines()
        (line,) = (line for line in lines if not re.match(r"\w+( \S+)?: [\d.]+k?/", line))
        return line

    return fails
