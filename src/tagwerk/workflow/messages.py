"""What is to be read from the messages of Snakemake and its executor plugins, whose records lack it."""

import re
from collections.abc import Mapping

from tagwerk.workflow.jobs import shortened

# Reasons whose details say no more: fingerprints, and files of jobs that are listed themselves.
_BRIEF = ("Params have changed", "Input files updated by another job")
_EXIT = re.compile(r"returned non-zero (exit status \d+)|died with <Signals\.(\w+): \d+>")
_SUBMITTED = re.compile(
    r"(?:Job|Submitted job) (?P<job>\d+) .*?(?P<system>SLURM|HTCondor|external) (?:jobid|Cluster ID) '?(?P<id>[\w.-]+)"
)
_SUBMITTED_ARRAY = re.compile(
    r"Submitted array job with Snakemake IDs (?P<jobs>[\d,]+) and SLURM job ID (?P<id>\d+)\. "
    r"The individual task IDs are (?P<first>\d+)-"
)


def title(rule: str, wildcards: Mapping[str, object]) -> str:
    """Return a job's rule and wildcards as in the name of its log file, such as `train demo/lstm/seed1`."""
    return shortened(f"{rule} {'/'.join(map(str, wildcards.values()))}".rstrip())


def exit_status(text: str) -> str | None:
    """Return how a command ended, from the message that it failed; None if the message is another."""
    found = _EXIT.search(text)
    if found is None:
        return None
    status = found[1] or found[2]
    return f"{status}, killed, perhaps for lack of memory" if status in ("exit status 137", "SIGKILL") else status


def submitted(text: str) -> dict[int, str]:
    """Return the batch system and the identifier there of each job, by Snakemake's number, if it says so."""
    if match := _SUBMITTED.match(text):
        system = "batch job" if match["system"] == "external" else match["system"]
        return {int(match["job"]): f"{system} {match['id']}"}
    if match := _SUBMITTED_ARRAY.match(text):
        tasks = enumerate(match["jobs"].split(","), int(match["first"]))
        return {int(job): f"SLURM {match['id']}_{task}" for task, job in tasks}
    return {}


def batch_failure(text: str | None) -> str:
    """Return what the batch system says of a failed job, without Snakemake's general advice."""
    return (text or "").partition("For further error details")[0].strip()


def short_reason(reason: str) -> str:
    """Return Snakemake's reason to run a job, with the first file of each list only."""
    return shortened("; ".join(map(_short_list, reason.split("; "))))


def _short_list(part: str) -> str:
    label, _, files = part.partition(": ")
    if label.startswith(_BRIEF) or not files:
        return label
    first, *others = sorted(files.split(", "))
    return f"{label}: {first}{f' and {len(others):,} more' if others else ''}"
