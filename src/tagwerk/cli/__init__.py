"""The command line: one command per stage, one module per command, listed in the order of the data flow."""

import ast
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import typer

from tagwerk.cards.draft_marks import reset_warnings
from tagwerk.damage import message_to_workflow
from tagwerk.errors import UserError, escaped
from tagwerk.stopping import stop_on_signals
from tagwerk.surroundings import private_temporary_folder, restart_in_utf8, set_up_process

STAGES = (
    "fetch",
    "draft",
    "simulate",
    "check",
    "ingest",
    "survey",
    "summarise",
    "train",
    "tune",
    "score",
    "export",
    "probe",
    "compare",
    "report",
    "hepdata",
    "modelcard",
    "archive",
    "provenance",
)


def program() -> None:
    """Run the program `tagwerk` in its own process."""
    restart_in_utf8()
    with private_temporary_folder():
        main()


def main() -> None:
    """Run the command in `sys.argv`; a user's mistake prints one line and exits with status 2, a signal as its own."""
    set_up_process()
    reset_warnings()
    try:
        with stop_on_signals():
            application(sys.argv[1:])()
    except UserError as mistake:
        message = message_to_workflow(mistake) if "TAGWERK_WORKFLOW" in os.environ else str(mistake)
        print(f"tagwerk: {message}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:  # such as no permission or no space left; the draft is gone, the earlier output is kept
        print(escaped(f"tagwerk: {error.filename or 'writing'}: {error.strerror or error}"), file=sys.stderr)
        sys.exit(2)


def application(arguments: list[str]) -> typer.Typer:
    """Return the program with all stages, of which only the requested one is imported.

    Libraries such as TensorFlow take seconds to import, and `tagwerk --help` does not need them.
    """
    program = typer.Typer(
        name="tagwerk",
        help="Train and compare taggers of hadronic jets and taus. The stages, in the order of the data flow:",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for stage in STAGES:
        if stage in arguments[:1]:
            from tagwerk.provenance.recorder import recorded

            program.command(stage)(recorded(stage, getattr(import_module(f"tagwerk.cli.{stage}"), stage)))
        else:
            program.command(stage, help=_summary(stage))(lambda: None)
    return program


def _summary(stage: str) -> str:
    """Return the first line of a stage's docstring without importing the stage."""
    spec = find_spec(f"tagwerk.cli.{stage}")
    assert spec is not None
    assert spec.origin is not None
    docstring = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8")))
    assert docstring is not None
    return docstring.splitlines()[0]
