"""The directive `shipped-cards`: the cards of a folder of config, each under its name."""

from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class ShippedCards(SphinxDirective):
    """Sections with the title and the text of each card."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        cards = sorted((Path(self.env.srcdir).parent / "config" / self.arguments[0]).glob("*.yaml"))
        return self.parse_text_to_nodes("\n".join(map(self._section, cards)), allow_section_headings=True)

    def _section(self, card: Path) -> str:
        self.env.note_dependency(str(card))
        text = card.read_text(encoding="utf-8")
        return f"## `{card.stem}`\n\n{yaml.safe_load(text)['title']}\n\n```yaml\n{text}```\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("shipped-cards", ShippedCards)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
