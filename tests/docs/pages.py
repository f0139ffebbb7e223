"""The pages that have examples, and what is in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("docs/*.md")) + [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md", "config/README.md")
]
PROGRAMS = ("tagwerk", "snakemake", "make", "python")


@dataclass(frozen=True)
class Command:
    """A command line of a page; `inline` if it is within a sentence, which may leave out its arguments."""

    page: Path
    line: int
    words: tuple[str, ...]
    inline: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {' '.join(self.words)}"


def commands(page: Path) -> Iterator[Command]:
    """Yield the command lines of our programs in a page's blocks and sentences."""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "code_block" or (token.type == "fence" and token.info in ("", "sh", "console")):
            yield from (Command(page, line, words, False) for words in command_lines(token.content))
        for child in token.children or []:
            if child.type == "code_inline":
                yield from (Command(page, line, words, True) for words in command_lines(child.content))


def command_lines(block: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command of a shell script; a loop's variable has its first value."""
    script = re.sub(r"(^|\s)#.*", "", block.replace("\\\n", " "), flags=re.MULTILINE)
    for name, value in re.findall(r"\bfor (\w+) in (\S+)", script):
        script = script.replace(f"${name}", value)
    for line in re.split(r"\n|&&|;|\|", script):
        words = re.sub(r"^\$ ", "", re.sub(r"\s[<>].*", "", line).strip()).split()
        if words and words[0] in PROGRAMS:
            yield tuple(words)
