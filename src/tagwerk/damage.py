"""Damaged outputs of the workflow: moved aside, so that nothing is lost and Snakemake makes them again."""

import re

from tagwerk.errors import UserError
from tagwerk.files import move_aside

_RERUN = re.compile(r"(run `tagwerk \w+`|train it|summarise) again$")
_MISSING = re.compile(r"no such file; run `tagwerk \w+` first$")


def message_to_workflow(mistake: UserError) -> str:
    """Return the message of a job's error, once the damaged output that it is about, if any, is moved aside.

    Snakemake takes an output that exists for finished, whatever is in it.
    """
    message, output = str(mistake), mistake.damaged
    if output is not None:
        try:
            aside = move_aside(output.with_name(f"{output.name}.damaged"), output)
        except FileNotFoundError:  # another job has just moved it
            return f"{message}: restart snakemake, which makes {output} again"
        except OSError:
            return f"{message}: remove {output} and restart snakemake"
        problem = message.rpartition("; ")[0] if _RERUN.search(message) else message
        return f"{problem}; {output} is now in {aside}: restart snakemake, which makes it again"
    if _MISSING.search(message):
        return f"{message}: restart snakemake, which makes it"
    return f"{message}: remove the path named here and restart snakemake" if _RERUN.search(message) else message
