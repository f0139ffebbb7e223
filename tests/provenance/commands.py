"""Commands that write text, recorded as those of Tagwerk are."""

from pathlib import Path
from typing import Any

from tagwerk.files import atomic_write
from tagwerk.provenance.places import find_provenance
from tagwerk.provenance.provenance_record import Provenance
from tagwerk.provenance.recorder import recorded


def write(stage: str, out: Path, content: str = "x", **inputs: Any) -> Path:
    """Write a file, or a directory if the name has no suffix, as a command with these inputs; return it."""

    def command(out: Path, **inputs: Any) -> None:
        with atomic_write(out) as draft:
            if out.suffix:
                draft.write_text(content)
                return
            (draft / "below").mkdir(parents=True)
            (draft / "a.txt").write_text(content)
            (draft / "below/b.txt").write_text(content)

    recorded(stage, command)(out=out, **inputs)
    return out


def provenance_of(result: Path) -> Provenance:
    path = find_provenance(result)
    assert path is not None
    return Provenance.load(path)
