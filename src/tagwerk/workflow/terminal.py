"""What a run shows on the terminal: Snakemake's logger plugin `tagwerk`, which the default profile selects.

One line per finished job, now and then one about a job that runs for long, and the last lines of a failed job's log.
Snakemake's own messages are shown instead with `--printshellcmds`, `--verbose` or `--debug-dag`, and always written to
a file in `.snakemake/log`.
"""

import sys
import threading
import time
from collections.abc import Collection, Iterable
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any

from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from tagwerk.rounding import duration
from tagwerk.workflow.jobs import Job, last_lines
from tagwerk.workflow.messages import batch_failure, exit_status, short_reason, submitted, title
from tagwerk.workflow.timed_lines import TimedLines

_TICK = 2.0  # seconds between two looks for jobs whose progress is due
_MAX_REPORTS = 8  # at a time
_LOG_LINES = 15  # of a failed job
_TARGETS = ("all", "gallery", "tuned")  # rules that run nothing

# The beginnings of messages without an event: information that is shown during a run,
_SHOWN = ("Nothing to be done", "Will exit after finishing")
# information that is not shown even without a run, as with --unlock or --lint,
_HIDDEN = ("Assuming unrestricted shared filesystem", "Config file ", "Building DAG of jobs", "host:")
# and errors that only say that a job has failed, which has been shown.
_REPEATED = ("Exiting because a job execution failed", "WorkflowError:\nAt least one job did not complete")


class LogHandler(LogHandlerBase):
    """Writes what a user should see of Snakemake's events, except what `--quiet` names."""

    def __post_init__(self) -> None:
        settings = self.common_settings
        self.in_full = settings.printshellcmds or settings.verbose or settings.debug_dag
        self.quiet: Collection[Quietness] = settings.quiet or ()
        self.write = TimedLines(sys.stdout if settings.stdout else sys.stderr).write
        self.running: dict[int, Job] = {}
        self.failed: dict[str, str] = {}  # titles, by Snakemake's number
        self.exits: list[str] = []
        self.requested: list[str] = []
        self.total = self.done = 0
        self.resources = self.log_file = self.said = ""
        self.started = time.time()
        self.is_run = self.is_interrupted = False
        self.stopped = threading.Event()

    @property
    def writes_to_stream(self) -> bool:
        """Whether this replaces Snakemake's own messages."""
        return not self.in_full

    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def emit(self, record: LogRecord) -> None:
        """Write what a user should see of an event."""
        dry_run = self.common_settings.dryrun
        if self.in_full or (Quietness.ALL in self.quiet and not dry_run):
            return
        show = {
            LogEvent.WORKFLOW_STARTED: self._start,
            LogEvent.RESOURCES_INFO: self._note_resources,
            LogEvent.RUN_INFO: self._show_plan,
            LogEvent.JOB_INFO: self._show_reason if dry_run else self._start_job,
            LogEvent.JOB_FINISHED: self._finish_job,
            LogEvent.JOB_ERROR: self._show_failure,
            LogEvent.GROUP_ERROR: self._show_group_failure,
            LogEvent.ERROR: self._show_error,
            None: self._show_message,
        }.get(getattr(record, "event", None))
        try:
            if show is not None:
                show(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Write how the run ended."""
        if not self.stopped.is_set():
            self.stopped.set()
            if self.is_run and self.total and not self.common_settings.dryrun:
                self._show_end()
        super().close()

    def show_progress(self) -> None:
        """Write a line for each job whose progress is due, and the name of its log the first time."""
        due = [job for job in self.running.values() if job.is_due]
        for job in due[:_MAX_REPORTS]:
            log = "" if job.is_shown else "".join(f"; log: {log}" for log in job.logs[:1])
            self.write(f"{' ' * len(self._count())} {job}: {job.progress()}{log}", timed=True)
        for job in due:
            job.postpone()
        if len(due) > _MAX_REPORTS:
            self.write(f"{' ' * len(self._count())} and {len(due) - _MAX_REPORTS:,} other jobs", timed=True)

    def _start(self, record: LogRecord) -> None:
        self.is_run, self.started = True, time.time()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self.stopped.wait(_TICK):
            if self._is_heard(Quietness.RULES, Quietness.PROGRESS):
                self.acquire()  # as `handle` does around `emit`
                try:
                    self.show_progress()
                finally:
                    self.release()

    def _note_resources(self, record: Any) -> None:
        cores, nodes = getattr(record, "cores", None), getattr(record, "nodes", sys.maxsize)
        if cores is not None:
            self.resources = f" on {_count_of(cores, 'core')}"
        elif nodes != sys.maxsize:
            self.resources = f", at most {nodes:,} at a time"

    def _show_plan(self, record: Any) -> None:
        if self.total:  # Snakemake repeats it after a dry run
            return
        counts = {rule: count for rule, count in record.stats.items() if rule not in ("total", *_TARGETS)}
        self.total = sum(counts.values())
        kinds = ", ".join(f"{count:,} {rule}" for rule, count in counts.items())
        if self.common_settings.dryrun:
            self.write(f"{_count_of(self.total, 'job')} would run: {kinds}")
        elif self._is_heard(Quietness.PROGRESS):
            self.write(f"{_count_of(self.total, 'job')}{self.resources}: {kinds}", timed=True)

    def _show_reason(self, record: Any) -> None:
        if record.rule_name not in _TARGETS and self._is_heard(Quietness.RULES):
            reason = f": {short_reason(record.reason)}" if self._is_heard(Quietness.REASON) else ""
            self.write(f"{title(record.rule_name, record.wildcards)}{reason}")

    def _start_job(self, record: Any) -> None:
        if record.rule_name in _TARGETS:
            self.requested += record.input
            return
        name = title(record.rule_name, record.wildcards)
        benchmark = Path(record.benchmark) if record.benchmark else None
        self.running[record.jobid] = Job(name, [Path(log) for log in record.log], benchmark)
        self.failed.pop(str(record.jobid), None)

    def _finish_job(self, record: Any) -> None:
        job = self.running.pop(record.job_id, None)
        if job is not None:
            self.done += 1
            if self._is_heard(Quietness.RULES, Quietness.PROGRESS):
                self.write(f"{self._count()} {job}: done in {job.cost()}", timed=True)

    def _show_failure(self, record: Any) -> None:
        if record.indent:  # of a group, which has been shown
            return
        job = self.running.pop(record.jobid, None) or Job(record.rule_name, [])
        job.external = job.external or str(record.aux.get("external_jobid", ""))
        exits = [exit_status(text) for text in self.exits if record.shellcmd and record.shellcmd in text]
        self.exits.clear()
        if self.is_interrupted or exits[-1:] in (["SIGINT"], ["exit status 130"]):  # by the user
            return
        reasons = filter(None, [*exits[-1:], batch_failure(record.rule_msg)])
        self._show_failed(str(job), job.age, "; ".join(reasons), map(Path, record.log))
        self.failed[str(record.jobid)] = job.title

    def _show_group_failure(self, record: Any) -> None:
        numbers = [info["jobid"] for info in record.job_error_info if info["jobid"] in self.running]
        jobs = [self.running.pop(number) for number in numbers]
        self.failed |= {str(number): job.title for number, job in zip(numbers, jobs, strict=True)}
        written = [log for job in jobs for log in job.logs if log.exists()]
        newest = sorted(written, key=lambda log: log.stat().st_mtime)[-1:]
        external = getattr(record, "external_jobid", "")
        name = f"group of {_count_of(len(jobs), 'job')}{f' (batch job {external})' if external else ''}"
        reason = f"one or more of {', '.join(job.title for job in jobs)}"
        age = max((job.age for job in jobs), default=0.0)
        self._show_failed(name, age, reason, [*newest, *map(Path, record.aux_logs)])

    def _show_failed(self, name: str, age: float, reason: str, logs: Iterable[Path]) -> None:
        self.write(f"FAILED {name}, after {duration(age)}{f': {reason}' if reason else ''}", timed=True)
        for log in logs:
            lines = last_lines(log, _LOG_LINES)
            self.write(f"    the end of {log}:" if lines else f"    {log} is empty or missing")
            for line in lines:
                self.write(f"        {line}")

    def _show_error(self, record: LogRecord) -> None:
        text = record.getMessage()
        if exit_status(text) is not None:
            self.exits.append(text)  # the event of the job's failure follows
        elif not ((self.failed or self.is_interrupted) and text.startswith(_REPEATED)):
            self.write(text.rstrip())

    def _show_message(self, record: LogRecord) -> None:
        text = record.getMessage()
        if record.levelno >= WARNING:
            self._show_error(record)
        elif text.startswith("Complete log(s): "):
            self.log_file = text.partition(": ")[2]
        elif text.startswith("Trying to restart job"):
            number = text.rstrip(".").rpartition(" ")[2]
            self.write(f"trying again: {self.failed.get(number, 'the group')}", timed=True)
        elif text.startswith("Terminating processes"):
            self.is_interrupted = True
        elif text != self.said and (text.startswith(_SHOWN) if self.is_run else not text.startswith(_HIDDEN)):
            self.write(text.rstrip())
            self.said = text  # Snakemake may repeat it
        for job, external in submitted(text).items():
            if job in self.running:
                self.running[job].external = external

    def _show_end(self) -> None:
        is_counted = self._is_heard(Quietness.PROGRESS)  # else Snakemake does not tell which jobs are finished
        time_taken = duration(time.time() - self.started)
        done = f"{self.done:,} of {self.total:,} jobs done in {time_taken}" if is_counted else f"after {time_taken}"
        if self.failed:
            self.write(
                f"{_count_of(len(self.failed), 'job')} failed, {done}. Correct the cause and start snakemake again; it "
                f"resumes. All messages: {self.log_file}",
                timed=True,
            )
        elif is_counted and self.done < self.total:
            self.write(f"stopped: {done}. Start snakemake again; it resumes.", timed=True)
        elif is_counted:
            self.write(f"{done}{': ' if self.requested else ''}{', '.join(self.requested)}", timed=True)

    def _count(self) -> str:
        return f"[{self.done:>{len(str(self.total))}}/{self.total}]"

    def _is_heard(self, *kinds: Quietness) -> bool:
        return not any(kind in self.quiet for kind in kinds)


def _count_of(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
