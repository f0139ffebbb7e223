import os
import socket

from tagwerk.provenance.machine import current_machine


def test_the_machine_is_this_one():
    machine = current_machine()
    assert machine.host == socket.gethostname()
    assert machine.cores == len(os.sched_getaffinity(0))
    assert machine.cpu
    assert os.uname().release in machine.system


def test_the_models_of_cpu_and_gpus_are_those_of_the_system(tmp_path):
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Fast CPU @ 3 GHz\n\nprocessor\t: 1\nmodel name\t: x\n"
    )
    for index in range(2):
        folder = tmp_path / f"driver/nvidia/gpus/0000:0{index}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text("Model: \t\t NVIDIA H200\nIRQ:   \t\t 96\n")
    machine = current_machine(tmp_path)
    assert machine.cpu == "Fast CPU @ 3 GHz"
    assert machine.gpus == ["NVIDIA H200", "NVIDIA H200"]


def test_a_system_that_does_not_tell_has_an_architecture_and_no_gpu(tmp_path):
    machine = current_machine(tmp_path)
    assert machine.cpu
    assert machine.gpus == []
