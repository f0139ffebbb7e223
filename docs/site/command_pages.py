"""The directive `commands`: every command with its arguments and options, as Typer documents them."""

import re

import typer
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.cli import get_docs_for_click
from typer.core import TyperGroup
from typer.main import get_command

from tagwerk.cli import STAGES, application


class Commands(SphinxDirective):
    """One section per command, in the order of the data flow."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        return self.parse_text_to_nodes("\n".join(map(command_page, STAGES)), allow_section_headings=True)


def command_page(stage: str) -> str:
    """Return the documentation of one command in Markdown."""
    program = get_command(application([stage]))
    assert isinstance(program, TyperGroup)
    command = program.commands[stage]
    context = typer.Context(command, info_name=stage)
    page = get_docs_for_click(obj=command, ctx=context, indent=1, name=stage, call_prefix="tagwerk")
    return re.sub(r"(?<=[\w'\" ])\*(?=[\w'\"\]])", r"\\*", page)  # in a help text, not emphasis


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
