"""The workflow, for use as a module in a Snakefile of one's own."""

from tagwerk.cards.locate import WORKFLOW
from tagwerk.errors import UserError


def snakefile() -> str:
    """Return the path of Tagwerk's Snakefile, for the directive `module` of another one.

    Raises:
        UserError: the package was installed without it.
    """
    path = WORKFLOW / "Snakefile"
    if not path.is_file():
        raise UserError(
            f"{path}: is missing from this installation; install Tagwerk again, from its wheel or repository"
        )
    return str(path)
