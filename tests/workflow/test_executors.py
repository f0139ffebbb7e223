"""The executor of a profile."""

import pytest

from tagwerk.workflow.executors import executor


def test_an_executor_that_is_there_is_chosen():
    assert executor("local") == "local"


def test_a_missing_plugin_is_named_in_one_line(capsys):
    with pytest.raises(SystemExit) as end:
        executor("kubernetes")
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "tagwerk: executor 'kubernetes': its plugin is not installed; run: "
        "pip install snakemake-executor-plugin-kubernetes\n"
    )
