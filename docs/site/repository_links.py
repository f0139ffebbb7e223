"""Links as GitHub follows them, from file to file of the repository, made links between the site's pages."""

import re
from functools import partial
from os.path import normpath
from pathlib import Path, PurePosixPath

from sphinx.application import Sphinx

_LINK = re.compile(r"\[([^\]]*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"[\w/.]+\.md")
# Pages that include a file of the repository.
_INCLUDED = {
    "README.md": "overview.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
    "config/README.md": "configuration.md",
    "results/README.md": "results_folder.md",
}


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrite the links of pages, and of what they include, before they are parsed."""
    app.connect("source-read", _of_page)
    app.connect("include-read", _of_included)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _of_page(app: Sphinx, _: str, content: list[str]) -> None:
    content[0] = rewritten(content[0], PurePosixPath("docs"), app.srcdir)


def _of_included(app: Sphinx, path: Path, _: str, content: list[str]) -> None:
    content[0] = rewritten(content[0], PurePosixPath(normpath(f"docs/{path.as_posix()}")).parent, app.srcdir)


def rewritten(text: str, folder: PurePosixPath, docs: Path) -> str:
    """Return a text of this folder of the repository with links for a page in `docs`."""
    parts = _FENCE.split(text)
    parts[::2] = [_LINK.sub(partial(_to_page, folder, docs), part) for part in parts[::2]]
    return "".join(parts)


def _to_page(folder: PurePosixPath, docs: Path, link: re.Match[str]) -> str:
    """Return the link to a page; a text that only names its file gives way to the page's title."""
    text, target, anchor = link[1], normpath(folder / link[2]), link[3] or ""
    path = PurePosixPath(target)
    if path.parts[0] == "config" and target not in _INCLUDED and (docs.parent / target).exists():
        target, anchor = f"shipped_{path.parts[1]}.md", f"#{path.stem}" if path.suffix else ""
    elif target in _INCLUDED:
        target = _INCLUDED[target]
    else:
        target = str(path.relative_to("docs")) if path.parts[0] == "docs" else f"../{target}"
    is_page = target.endswith(".md") and _FILE_NAME.fullmatch(text)
    return f"[{'' if is_page else text}]({target}{anchor})"
