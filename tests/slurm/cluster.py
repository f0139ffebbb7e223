"""A Slurm cluster of four nodes on this machine, in a folder of its own: munged, slurmctld and four slurmd on loopback.

`python -m tests.slurm.cluster FOLDER COMMAND...` runs a command on such a cluster and prints Slurm's records of its
jobs.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Self

DAEMONS = ("munged", "slurmctld", "slurmd")
PARTITIONS = {"main": ("node1", "node2"), "fragile": ("node3", "node4")}
NODES = tuple(chain.from_iterable(PARTITIONS.values()))
_NODE = "TAGWERK_TEST_NODE"  # in the environment of a node's daemons
_MEMORY = 16_000  # MB of each node; what is asked for is checked, not what the machine has

_CONFIGURATION = """\
ClusterName=tagwerk
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
# Without cgroups: processes are followed in /proc, and a job above its memory is killed by the daemon that measures it.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
# The completed jobs: one line each in a file, and an hour in the controller.
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed
MinJobAge=3600
# A node that does not answer is given up soon; a job has half a minute between SIGTERM and SIGKILL.
SlurmdTimeout=10
KillWait=30
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,batch_sched_delay=0
{nodes}
PartitionName=main Nodes={main} Default=YES MaxTime=INFINITE State=UP
PartitionName=fragile Nodes={fragile} MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Return why there can be no cluster on this machine, if so."""
    missing = [name for name in DAEMONS if _program(name) is None]
    if missing:
        return f"{', '.join(missing)} not found; apt-get install slurm-wlm munge"
    return None if os.getuid() == 0 else "the daemons of Slurm need root"


class Cluster:
    """A running cluster; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        for each in ("bin", "spool", "state"):
            (self.folder / each).mkdir(parents=True)
        self._write_configuration()
        try:
            self._start_munge()
            self._start("slurmctld", "slurmctld", "-D")
            for name in NODES:
                self.start_node(name)
            wait(lambda: self._states() == ["idle"] * len(NODES), "the nodes")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which Slurm's commands find this cluster."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def start_node(self, name: str) -> None:
        """Start the daemon of a node."""
        self._start(name, "slurmd", "-D", "-N", name, environment={_NODE: name})

    def crash_node(self, name: str) -> None:
        """End a node as a power cut does: its daemon and all processes of its jobs at once, without a word to Slurm."""
        daemon = self._daemons.pop(name)
        daemon.kill()
        daemon.wait()
        self._kill(name)

    def processes(self, node: str) -> dict[int, list[str]]:
        """Return the command lines of the processes of a node's jobs, with the daemon's own for each, by their ids."""
        marks = {f"{_NODE}={node}".encode(), f"SLURMD_NODENAME={node}".encode()}
        ours = f"SLURM_CONF={self.folder / 'slurm.conf'}".encode()
        found = {}
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                variables = set(path.read_bytes().split(b"\0"))
                if ours in variables and variables & marks:
                    command = path.with_name("cmdline").read_text(errors="replace")
                    found[int(path.parent.name)] = command.split("\0")
        return found

    def jobs(self) -> list[dict[str, str]]:
        """Return what Slurm knows of each job, by the names of `scontrol show job`."""
        lines = self.call("scontrol", "show", "job", "--oneliner").splitlines()
        return [dict(re.findall(r"([\w/:]+)=(.*?)(?= [\w/:]+=|\s*$)", line)) for line in lines if "JobId=" in line]

    def completed(self) -> list[dict[str, str]]:
        """Return the records of all ends of jobs, also of those that were started again."""
        file = self.folder / "completed"
        lines = file.read_text().splitlines() if file.exists() else []
        return [dict(re.findall(r"(\w+)=(\S*)", line)) for line in lines]

    def call(self, *command: str) -> str:
        """Return the output of one of Slurm's commands."""
        environment = os.environ | self.environment
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def _write_configuration(self) -> None:
        host = socket.gethostname().split(".")[0]
        port, *ports = _free_ports(1 + len(NODES))
        what = f"NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory={_MEMORY} Gres=gpu:1 State=UNKNOWN"
        nodes = [f"NodeName={name} Port={number} {what}" for name, number in zip(NODES, ports, strict=True)]
        values = {"host": host, "port": port, "folder": self.folder}
        values |= {name: ",".join(members) for name, members in PARTITIONS.items()}
        text = _CONFIGURATION.format(nodes="\n".join(nodes), **values)
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
        # Snakemake's plugin drops SLURM_CONF from the environment of `srun` in a job.
        srun = self.folder / "bin/srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF="{self.folder}/slurm.conf" exec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        places = {"key-file": key, "seed-file": self.folder / "munge.seed"}
        places |= {name: self.folder / f"munge.{name}" for name in ("socket", "pid-file", "log-file")}
        places["socket"] = self.folder / "munge.socket"
        self._start("munged", "munged", "--foreground", *(f"--{name}={path}" for name, path in places.items()))
        wait(places["socket"].exists, f"munged, see {self.folder}/munged.out")

    def _start(self, name: str, program: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        with (self.folder / f"{name}.out").open("ab") as output:
            self._daemons[name] = subprocess.Popen(
                [_program(program) or program, *arguments],
                env=os.environ | self.environment | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _states(self) -> list[str]:
        with suppress(subprocess.CalledProcessError):
            return self.call("sinfo", "--noheader", "--Node", "--format=%T").split()
        return []

    def _stop(self) -> None:
        """Cancel what runs, end the daemons, and leave no process of a job behind, whatever happened."""
        if "slurmctld" in self._daemons:
            with suppress(subprocess.CalledProcessError, TimeoutError):
                self.call("scancel", "--user=root")
                wait(lambda: not self.call("squeue", "--noheader").strip(), "the end of the jobs", 60)
        for name in (*NODES, "slurmctld", "munged"):
            daemon = self._daemons.pop(name, None)
            if daemon is not None:
                daemon.terminate()
                try:
                    daemon.wait(20)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()
        for name in NODES:
            self._kill(name)

    def _kill(self, node: str) -> None:
        for process in self.processes(node):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def wait(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait until a condition holds; raise TimeoutError after some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not after {seconds:.0f} s")
        time.sleep(0.2)


def _program(name: str) -> str | None:
    """Return the path of a daemon, also where a user's PATH has no /usr/sbin."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    with Cluster(Path(sys.argv[1]).absolute()) as cluster:
        status = subprocess.run(sys.argv[2:], env=os.environ | cluster.environment).returncode
        for record in cluster.completed():
            print(*(f"{name}={value}" for name, value in record.items()))
    sys.exit(status)
