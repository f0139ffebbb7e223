"""What jobs ask for."""

from types import SimpleNamespace

import pytest

from tagwerk.workflow import resources
from tagwerk.workflow.resources import LONGEST, NEEDS, SNAKEMAKE, Need, disk, memory, minutes, minutes_to_simulate


@pytest.fixture(autouse=True)
def needs(monkeypatch: pytest.MonkeyPatch) -> None:
    some = Need(memory=1000, memory_per_mb=2, largest=3000, minutes=10, seconds=6, disk_per_mb=3)
    monkeypatch.setattr(resources, "NEEDS", {"some": some, "fixed": Need(memory=800, minutes=15), "simulate": some})


def files(size: float) -> SimpleNamespace:
    return SimpleNamespace(size_mb=size)


def test_memory_grows_with_the_input_up_to_what_is_enough_for_any():
    assert [memory("some", files(size)) - SNAKEMAKE for size in (0, 100, 1000, 1e6)] == [1000, 1200, 3000, 3000]


def test_later_attempts_have_two_and_four_times_the_memory_and_no_more():
    first = 1000 + SNAKEMAKE
    assert [memory("some", files(0), attempt) for attempt in (1, 2, 3, 9)] == [first, 2 * first, 4 * first, 4 * first]


def test_time_grows_with_input_passes_and_attempts_up_to_a_day():
    assert minutes("some", files(100)) == 10 + 10
    assert minutes("some", files(100), passes=4) == 10 + 40
    assert minutes("some", files(100), attempt=2) == 2 * (10 + 10)
    assert minutes("some", files(1e6)) == LONGEST


def test_time_of_a_simulation_grows_with_the_jets():
    assert minutes_to_simulate(1000) == 10 + 100


def test_disk_grows_with_the_input():
    assert [disk("some", files(size)) for size in (0, 100)] == [1000, 1300]


def test_the_size_of_files_that_do_not_exist_yet_is_asked_for_only_where_it_counts():
    missing = SimpleNamespace()
    assert memory("fixed", missing) == 800 + SNAKEMAKE
    assert minutes("fixed", missing) == 15
    assert disk("fixed", missing) == 1000


@pytest.mark.parametrize("stage", sorted(NEEDS))
def test_a_job_of_every_stage_first_asks_for_3_gb_at_most_besides_its_input(stage):
    assert NEEDS[stage].memory + SNAKEMAKE <= 3000
