"""The pages of the gallery, scripts in the percent format, as Markdown: they are read, and never run."""

from pathlib import Path

import jupytext
from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Read scripts as Markdown pages."""
    app.add_source_suffix(".py", "markdown")
    app.connect("source-read", _to_markdown, priority=400)  # before links are rewritten
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _to_markdown(app: Sphinx, name: str, content: list[str]) -> None:
    if Path(app.env.doc2path(name)).suffix == ".py":
        content[0] = jupytext.writes(jupytext.reads(content[0], "py:percent"), "md")
