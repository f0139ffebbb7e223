"""Faults that a test injects into processes at known moments; Python loads it where this folder is in PYTHONPATH.

TAGWERK_FAULTS is a JSON list of faults: `program`, one of the process's arguments, such as train or snakemake; `at`, an
audit event and the end of the path that it is about, such as "open checkpoint.npz", or "call module:function"; `count`,
how often that happens before the fault; `do`, what happens then: kill, stop, fail, wait or an error number such as
ENOSPC; `mark`, a file to which the process id is written before; `times`, for how many processes, one after the other.
TAGWERK_COMMANDS is a file to which every `tagwerk` writes its arguments.
"""

import errno
import json
import os
import select
import signal
import sys
import time
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path

_WAIT_END = 600.0  # seconds after which a process waits no longer


class Fault:
    def __init__(self, program, at, do, mark, count=1, times=1):
        self.program, self.do, self.mark, self.left, self.times = program, do, mark, count, times
        self.event, self.where = at.split(" ")

    def happen(self):
        """Count one more of its moments, and let the fault happen at the last one."""
        self.left -= 1
        if self.left:
            return
        with Path(self.mark).open("a+") as file:
            file.seek(0)
            if len(file.readlines()) >= self.times:
                return
            file.write(f"{os.getpid()}\n")
        if self.do == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.do == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif self.do == "fail":
            os._exit(1)
        elif self.do == "wait":
            end = time.monotonic() + _WAIT_END
            while not Path(f"{self.mark}.go").exists() and time.monotonic() < end:
                select.select([], [], [], 0.01)  # libfaketime breaks `time.sleep` when the clock jumps
        else:
            number = getattr(errno, self.do)
            raise OSError(number, os.strerror(number), self.where)


class CallFinder(MetaPathFinder):
    """Wraps functions of modules once they are imported."""

    def __init__(self, faults):
        self.faults = faults

    def find_spec(self, name, path=None, target=None):
        faults = [fault for fault in self.faults if fault.where.partition(":")[0] == name]
        spec = PathFinder.find_spec(name, path) if faults else None
        if spec is not None:
            spec.loader = WrappingLoader(spec.loader, faults)
        return spec


class WrappingLoader(Loader):
    def __init__(self, loader, faults):
        self.loader, self.faults = loader, faults

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        for fault in self.faults:
            owner, (*parents, name) = module, fault.where.partition(":")[2].split(".")
            for parent in parents:
                owner = getattr(owner, parent)
            setattr(owner, name, wrapped(getattr(owner, name), fault))


def wrapped(function, fault):
    def call(*arguments, **options):
        fault.happen()
        return function(*arguments, **options)

    return call


def audit(faults):
    """Return an audit hook; those of Python see paths before a file is opened, renamed, removed or made."""

    def hook(event, arguments):
        for fault in faults:
            if event == fault.event and any(str(path).endswith(fault.where) for path in arguments[:2]):
                fault.happen()

    return hook


def install():
    commands, (*_, name) = os.environ.get("TAGWERK_COMMANDS"), sys.orig_argv[:2]
    if commands and name.endswith("/tagwerk"):
        with Path(commands).open("a") as file:
            file.write(json.dumps(sys.orig_argv[2:]) + "\n")
    programs = [argument.rpartition("/")[2] for argument in sys.orig_argv[:4]]
    faults = [Fault(**each) for each in json.loads(os.environ.get("TAGWERK_FAULTS", "[]"))]
    faults = [fault for fault in faults if fault.program in programs]
    calls = [fault for fault in faults if fault.event == "call"]
    if calls:
        sys.meta_path.insert(0, CallFinder(calls))
    if len(calls) < len(faults):
        sys.addaudithook(audit([fault for fault in faults if fault not in calls]))


install()
