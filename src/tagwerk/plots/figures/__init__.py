"""The figures of the report, one per module: the module's name is that of its files."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from tagwerk.plots.report_figure import ReportFigure


@cache
def figures() -> dict[str, ReportFigure]:
    """Return all figures by name, in their order within each section of the page."""
    found = {name: import_module(f"{__name__}.{name}").FIGURE for _, name, _ in iter_modules(__path__)}
    return dict(sorted(found.items(), key=lambda item: item[1].place))
