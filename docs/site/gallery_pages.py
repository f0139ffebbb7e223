"""The pages of the gallery, scripts in the percent format, as Markdown: they are read, and never run."""

import re
from pathlib import Path

import jupytext
from sphinx.application import Sphinx

# With scripts as pages, MyST takes any link to a script for one to a page.
_OTHER_SCRIPT = re.compile(r"\]\((?!\w+:)((?:[^)\s]*/)?(?<!gallery/)[\w.-]+\.py)\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Read scripts as Markdown pages."""
    app.add_source_suffix(".py", "markdown")
    app.connect("source-read", _of_page, priority=600)  # after links are rewritten
    app.connect("include-read", _of_included, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _of_page(app: Sphinx, name: str, content: list[str]) -> None:
    if Path(app.env.doc2path(name)).suffix == ".py":
        content[0] = jupytext.writes(jupytext.reads(content[0], "py:percent"), "md")
    elif not name.startswith("gallery/"):
        content[0] = _OTHER_SCRIPT.sub(r"](path:\1)", content[0])


def _of_included(app: Sphinx, _: Path, name: str, content: list[str]) -> None:
    content[0] = _OTHER_SCRIPT.sub(r"](path:\1)", content[0])
