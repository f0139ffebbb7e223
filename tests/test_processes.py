"""Processes are told apart across machines, boots, containers and reuse of their number."""

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tagwerk import processes
from tagwerk.processes import Process


@pytest.fixture
def machine_of(monkeypatch):
    """A function that returns the machine of this process, were it on a host of this name and boot."""

    def machine(host, boot):
        real = Path.read_text
        monkeypatch.setattr(socket, "gethostname", lambda: host)
        monkeypatch.setattr(
            Path, "read_text", lambda self, **options: boot if self.name == "boot_id" else real(self, **options)
        )
        processes._machine.cache_clear()
        return Process.current().machine

    yield machine
    processes._machine.cache_clear()


def test_hosts_differ_by_name_also_beyond_what_is_shown_and_by_boot(machine_of):
    """Cloud machines may all be named localhost, or have long names that only end differently."""
    long = "compute-dynamic-queue-of-a-region-00"
    hosts = [("localhost", "a"), ("localhost", "b"), (f"{long}1", "a"), (f"{long}2", "a")]
    assert len({machine_of(*host) for host in hosts}) == 4
    assert machine_of("localhost", "a") == machine_of("localhost", "a")
    assert machine_of(f"{long}1", "a").startswith("compute-dynamic-queue-of")


def test_a_process_is_read_back_from_a_file_name():
    assert Process.parse(str(Process.current())) == Process.current()
    assert len(str(Process.current())) < 80


def test_a_process_lives_until_it_ends_and_another_with_its_number_is_not_it():
    assert Process.current().is_alive()
    assert replace(Process.current(), started=1).is_alive() is False
    assert replace(Process.current(), machine="farm-7").is_alive() is None
    program = "from tagwerk.processes import Process; print(Process.current())"
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
    assert Process.parse(ended).machine == Process.current().machine
    assert Process.parse(ended).is_alive() is False
