"""The command line: one command a stage, one file a command, listed in the order of the data."""

import ast
import os
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import typer

from tagwerk.cards.draft_marks import begin
from tagwerk.errors import UserError
from tagwerk.surroundings import restart_in_utf8, settle

STAGES = ("fetch", "draft", "simulate", "check", "ingest", "summarise", "train", "tune", "score", "compare", "report")


def program() -> None:
    """Be the program `tagwerk`, in a process of its own."""
    restart_in_utf8()
    main()


def main() -> None:
    """Run the command that `sys.argv` names; a user's mistake ends in its line and exit status 2."""
    settle()
    begin()
    try:
        application(sys.argv[1:])()
    except UserError as mistake:
        print(f"tagwerk: {mistake}{_in_the_workflow(str(mistake))}", file=sys.stderr)
        sys.exit(2)
    except OSError as trouble:  # no permission, no space left: what was being written is gone, what was there stays
        print(f"tagwerk: {trouble.filename or 'writing'}: {trouble.strerror or trouble}", file=sys.stderr)
        sys.exit(2)


def _in_the_workflow(said: str) -> str:
    """Return how Snakemake is told to run a stage again whose result is there, but cannot be used."""
    wanted = "TAGWERK_WORKFLOW" in os.environ and re.search(r"(run `tagwerk \w+`|train it|summarise) again$", said)
    return ": remove what is named here and start snakemake again" if wanted else ""


def application(arguments: list[str]) -> typer.Typer:
    """Return the program with all stages in it, of which only the one asked for is imported.

    TensorFlow and its like take seconds to import; `tagwerk --help` has no use for them.
    """
    program = typer.Typer(
        name="tagwerk",
        help="Train and compare taggers of hadronic jets and taus. The stages, in the order of the data:",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for stage in STAGES:
        if stage in arguments[:1]:
            program.command(stage)(getattr(import_module(f"tagwerk.cli.{stage}"), stage))
        else:
            program.command(stage, help=_summary(stage))(lambda: None)
    return program


def _summary(stage: str) -> str:
    """Return the first line of a stage's docstring without importing it."""
    found = find_spec(f"tagwerk.cli.{stage}")
    assert found is not None
    assert found.origin is not None
    docstring = ast.get_docstring(ast.parse(Path(found.origin).read_text(encoding="utf-8")))
    assert docstring is not None
    return docstring.splitlines()[0]
