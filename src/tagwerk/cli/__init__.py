"""The command line: one command per stage, one module per command, listed in the order of the data flow."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import typer

from tagwerk.cards.draft_marks import reset_warnings
from tagwerk.cli.completion import signature, words_to_complete
from tagwerk.damage import message_to_workflow
from tagwerk.docstrings import module_summary
from tagwerk.errors import UserError, escaped
from tagwerk.stopping import stop_on_signals
from tagwerk.surroundings import private_temporary_folder, restart_in_utf8, set_up_process

STAGES = (
    "new",
    "list",
    "show",
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
    "apply",
    "export",
    "probe",
    "compare",
    "report",
    "hepdata",
    "modelcard",
    "archive",
    "provenance",
)
_MODULES = {"list": "list_entries"}  # and functions in these; of others, the name is that of the stage


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
            application(sys.argv[1:])(prog_name="tagwerk")
    except UserError as mistake:
        message = message_to_workflow(mistake) if "TAGWERK_WORKFLOW" in os.environ else str(mistake)
        print(f"tagwerk: {message}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:  # such as no permission or no space left; the draft is gone, the earlier output is kept
        print(escaped(f"tagwerk: {error.filename or 'writing'}: {error.strerror or error}"), file=sys.stderr)
        sys.exit(2)


def application(arguments: list[str]) -> typer.Typer:
    """Return the program with all stages, of which only the requested one is imported.

    Libraries such as TensorFlow take seconds to import, and neither `tagwerk --help` nor completion needs them.
    """
    program = typer.Typer(
        name="tagwerk",
        help="Train and compare taggers of hadronic jets and taus. First a project of your own and what there is to "
        "choose from, then the stages in the order of the data flow:",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    completing = words_to_complete()
    for stage in STAGES:
        module = _MODULES.get(stage, stage)
        if completing is not None and stage in completing[:1]:
            program.command(stage)(signature(_source(module), module))
        elif completing is None and stage in arguments[:1]:
            from tagwerk.provenance.recorder import recorded

            program.command(stage)(recorded(stage, getattr(import_module(f"tagwerk.cli.{module}"), module)))
        else:
            program.command(stage, help=module_summary(_source(module)))(lambda: None)
    return program


def _source(module: str) -> Path:
    """Return the file of a stage's module without importing it."""
    spec = find_spec(f"tagwerk.cli.{module}")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)
