"""Damaged outputs of the workflow: moved aside, so that nothing is lost and Snakemake makes them again."""

import os
import re
from contextlib import suppress
from pathlib import Path

from tagwerk.checksums import stored_checksum
from tagwerk.errors import UserError
from tagwerk.files import move_aside

_ASIDE = "damaged"  # in the names of the directories of damaged outputs
_RERUN = re.compile(r"(run `tagwerk \w+`|train it|summarise) again$")
_MISSING = re.compile(r"no such file; run `tagwerk \w+` first$")


def message_to_workflow(mistake: UserError) -> str:
    """Return the message of a job's error, once the damaged output that it is about, if any, is moved aside.

    Snakemake takes an output that exists for finished, whatever is in it.
    """
    message, output = str(mistake), mistake.damaged
    if output is not None and not output.exists():  # another job has just moved it
        return f"{message}: restart snakemake, which makes {output} again"
    if output is not None:
        try:
            aside = move_aside(output.with_name(f"{output.name}.{_ASIDE}"), output)
        except OSError:
            return f"{message}: remove {output} and restart snakemake"
        problem = message.rpartition("; ")[0] if _RERUN.search(message) else message
        again = f"restart snakemake to make it again with all that depends on it, or first with {output} as its target"
        return f"{problem}; {output} is now in {aside}: {again}, to rerun only what then differs"
    if _MISSING.search(message):
        return f"{message}: restart snakemake, which makes it"
    return f"{message}: remove the path named here and restart snakemake" if _RERUN.search(message) else message


def restore_times(folder: Path) -> None:
    """Give outputs in a folder that were made again the time of the damaged one, where their content is the same.

    So no training reruns because a file of its jets is new. Snakemake compares the content of small files only.
    """
    for aside in folder.glob(f"*.{_ASIDE}.*/"):
        for damaged in aside.rglob("*.parquet"):
            again, checksum = folder / damaged.relative_to(aside), stored_checksum(damaged)
            if checksum is not None and again.exists() and stored_checksum(again) == checksum:
                time = damaged.stat().st_mtime_ns
                if again.stat().st_mtime_ns > time:
                    with suppress(OSError):  # of another user
                        os.utime(again, ns=(time, time))
