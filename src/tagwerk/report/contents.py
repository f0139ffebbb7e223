"""The table of contents, from the headings of the page's sections."""

from html.parser import HTMLParser
from typing import NamedTuple


class ContentsEntry(NamedTuple):
    """A section: its anchor, its title, and whether it needs scripts, so that it is hidden without."""

    anchor: str
    title: str
    needs_script: bool


def contents(html: str) -> list[ContentsEntry]:
    """Return the sections of a page with an `id`, in their order; `data-contents` of a heading is a shorter title."""
    parser = _Headings()
    parser.feed(html)
    return parser.entries


class _Headings(HTMLParser):
    """Collects sections by their first `h2`."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[ContentsEntry] = []
        self._section: dict[str, str | None] = {}
        self._title: str | None = None  # of the heading that is open
        self._short: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self._section = dict(attrs)
        elif tag == "h2" and self._section.get("id"):
            self._title, self._short = "", dict(attrs).get("data-contents")

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2" and self._title is not None:
            needs_script = "needs-script" in (self._section.get("class") or "").split()
            anchor = self._section["id"] or ""
            self.entries.append(ContentsEntry(anchor, self._short or self._title, needs_script))
            self._title, self._section = None, {}
