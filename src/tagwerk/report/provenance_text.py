"""What the report's section on provenance says, which `tagwerk provenance` prints as well."""

from tagwerk.evaluation.comparison import Comparison
from tagwerk.provenance import text
from tagwerk.provenance.overview import Overview
from tagwerk.provenance.text import HEADS, file_lines, files_text, seed_lines, stage_cells

__all__ = ["HEADS", "MAX_LINES", "file_lines", "files_text", "seed_lines", "stage_cells", "versions_text"]

MAX_LINES = 100  # of a list on the page


def versions_text(comparison: Comparison, overview: Overview | None) -> str:
    """Return the versions of the packages; without provenance those of the comparison."""
    if overview is not None:
        return text.versions_text(overview.versions)
    return text.versions_text({name: [version] for name, version in comparison.versions.items()})
