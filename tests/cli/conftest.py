"""The error message of a failing command."""

import re
from collections.abc import Callable

import pytest

from tests.conftest import run


@pytest.fixture
def failed(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """A function that runs a command, expects exit status 2, and returns its error line without the progress lines."""

    def run_and_fail(*arguments: object) -> str:
        capsys.readouterr()
        assert run(*arguments) == 2
        lines = capsys.readouterr().err.splitlines()
        (line,) = (line for line in lines if not re.match(r"\w+( \S+)?: [\d.]+k?/", line))
        return line

    return run_and_fail
