"""The provenance of results in words: as plain text for an analysis note, and for the report."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tagwerk.provenance.overview import Overview, StageRow
from tagwerk.rounding import duration

HEADS = ("command", "runs", "commit", "machine", "first start (UTC)", "total time")
MAX_LISTED = 100  # lines of a list in the report
_WIDTH = 10  # characters of a heading and the space behind it
_MAX_LINES = 10  # of one heading of the text


def provenance_text(path: Path, overview: Overview) -> str:
    """Return what made the results at a path."""
    lines = [str(path), "", *_table([HEADS, *map(stage_cells, overview.stages)]), ""]
    lines += _entry("Commit", overview.commits)
    lines += _entry("Packages", [versions_text(overview.versions)])
    lines += _entry("Machine", overview.machines)
    lines += _entry("Seeds", seed_lines(overview))
    lines += _entry("Cards", [f"{card.path}, SHA-256 {card.sha256}" for card in overview.cards])
    lines += _entry("Files", [files_text(overview), *file_lines(overview)])
    lines += _entry("Problems", overview.problems)
    return "\n".join(lines)


def stage_cells(row: StageRow) -> tuple[str, ...]:
    """Return the cells of the table of commands; `HEADS` are their headings."""
    commits, hosts = (few(values) for values in (row.commits, row.hosts))
    return row.stage, f"{row.runs:,}", commits, hosts, f"{row.start:%Y-%m-%d %H:%M}", duration(row.seconds)


def versions_text(versions: dict[str, list[str]]) -> str:
    """Return the versions of packages, of one possibly several."""
    return ", ".join(f"{name} {' and '.join(each)}" for name, each in versions.items())


def seed_lines(overview: Overview) -> list[str]:
    """Return where seeds are set, and which."""
    return [f"{where} = {', '.join(each)}" for where, each in overview.seeds.items()]


def files_text(overview: Overview) -> str:
    """Return how many files no command wrote, and the checksum of all of them."""
    if not overview.files:
        return "none: all jets were simulated" if any(row.stage == "simulate" for row in overview.stages) else "none"
    count = f"{len(overview.files):,} file{'s' if len(overview.files) > 1 else ''}"
    return f"{count}, {_size_text(overview.files_size)}, SHA-256 of their list {overview.files_sha256}"


def file_lines(overview: Overview) -> list[str]:
    """Return the list of these files, each with its checksum."""
    return [f"{source.sha256 or 'on a server, not read'}  {path}" for path, source in overview.files.items()]


def few(values: Sequence[str]) -> str:
    """Return the only value, or the first and how many others there are."""
    return values[0] if len(values) == 1 else f"{values[0]} and {len(values) - 1} more"


def _size_text(size: int) -> str:
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if size >= 1000**power:
            return f"{size / 1000**power:.3g} {unit}"
    return f"{size} bytes"


def _entry(heading: str, values: Sequence[str]) -> Iterator[str]:
    """Yield the lines of one heading, not too many."""
    more = [f"and {len(values) - _MAX_LINES:,} more, which --json lists"] if len(values) > _MAX_LINES else []
    for index, value in enumerate([*values[:_MAX_LINES], *more]):
        yield f"{'' if index else heading:<{_WIDTH}}{value}"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
