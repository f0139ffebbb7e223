"""The machine that a process runs on."""

import os
import platform
import re
import socket
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

_PROC = Path("/proc")


class Machine(BaseModel):
    """A machine; `cores` are those that the process may use."""

    host: str
    cpu: str
    cores: int
    gpus: list[str]
    system: str


def current_machine(proc: Path = _PROC) -> Machine:
    """Return the machine of this process; `proc` is where Linux tells of it."""
    return Machine(host=socket.gethostname(), cpu=_cpu(proc), cores=_cores(), gpus=_gpus(proc), system=_system())


def _cpu(proc: Path) -> str:
    """Return the model of the CPU, or where the system does not tell its architecture."""
    found = _value(proc / "cpuinfo", "model name")
    return found or platform.processor() or platform.machine()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gpus(proc: Path) -> list[str]:
    """Return the models of NVIDIA's GPUs, as their driver tells; no library needs to be loaded for it."""
    found = [_value(path, "Model") for path in sorted(proc.glob("driver/nvidia/gpus/*/information"))]
    return [model for model in found if model]


def _system() -> str:
    kernel = f"{platform.system()} {platform.release()}"
    with suppress(OSError):
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    return kernel


def _value(path: Path, key: str) -> str:
    """Return the first value of a key in a file of lines `key: value`; empty if there is none."""
    with suppress(OSError):
        match = re.search(rf"^{key}\s*:\s*(.+?)\s*$", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
        return match[1] if match else ""
    return ""
