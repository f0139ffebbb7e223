"""The plotting library of the page: plotly.js, its basic bundle, of the npm package `plotly.js-basic-dist-min`."""

from importlib.resources import files

VERSION = "4.1.1"
SHA256 = "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba"


def plotly_source() -> str:
    """Return the library's source, unmodified, with its MIT licence in a comment."""
    folder = files("tagwerk.report") / "vendor"
    licence = (folder / "LICENSE-plotly.txt").read_text(encoding="utf-8")
    return f"/*\n{licence}*/\n" + (folder / "plotly-basic.min.js").read_text(encoding="utf-8")
