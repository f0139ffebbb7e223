"""What jobs ask for; the numbers are in `tagwerk.workflow.resources`."""

from importlib.util import find_spec

from tagwerk.workflow import resources as needs


def memory(stage):
    return lambda wildcards, input, attempt: needs.memory(
        part_of(stage, wildcards), input, attempt
    )


def disk(stage):
    return lambda wildcards, input: needs.disk(part_of(stage, wildcards), input)


def minutes(stage, passes=lambda wildcards: 1):
    """Return the minutes for a stage, which may read its input in several passes."""
    return lambda wildcards, input, attempt: needs.minutes(
        part_of(stage, wildcards), input, passes(wildcards), attempt
    )


def part_of(stage, wildcards):
    """Return the part of a stage in a job: in a large dataset, scores of chunks are joined by a job of their own."""
    if stage != "score" or hasattr(wildcards, "chunk"):
        return stage
    return "join" if chunks_of_study(wildcards) else stage


def minutes_to_simulate(wildcards, attempt):
    jets = dataset_card(wildcards.dataset).generator.jets_per_file
    return needs.minutes_to_simulate(jets, attempt)


def same_as(name, factor=1):
    """Return a resource that follows another of the same job, also where the user sets that."""

    def value(wildcards, input, attempt, threads, rulename, async_run):
        other = workflow.get_rule(rulename).resources[name]
        job = dict(input=input, attempt=attempt, threads=threads)
        found = other.evaluate(wildcards, rulename=rulename, async_run=async_run, **job)
        return found.value if isinstance(found.value, str) else factor * found.value

    return value


# The names of HTCondor's executor plugin for memory and disk; without the plugin, nobody should see them.
HTCONDOR = (
    {
        "htcondor_request_mem_mb": same_as("mem_mb"),
        "htcondor_request_disk_mb": same_as("disk_mb"),
        # The limit on the time, in s: HTCondor itself has none, CERN has MaxRuntime, others RequestRuntime.
        "classad_MaxRuntime": same_as("runtime", 60),
        "classad_RequestRuntime": same_as("runtime", 60),
    }
    if find_spec("snakemake_executor_plugin_htcondor")
    else {}
)
