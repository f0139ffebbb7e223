from typing import NamedTuple

import numpy as np

from tagwerk.simulate.rows import merge_events


class Table(NamedTuple):
    event: np.ndarray
    value: np.ndarray


def table(*rows):
    return Table(*(np.array(column) for column in zip(*rows, strict=True)))


def test_merged_tables_are_in_order_of_event_and_within_it_of_table():
    merged = merge_events([table((0, 1), (2, 2)), table((0, 3), (1, 4), (2, 5))])
    assert merged.event.tolist() == [0, 0, 1, 2, 2]
    assert merged.value.tolist() == [1, 3, 4, 2, 5]


def test_one_table_is_itself():
    alone = table((1, 2))
    assert merge_events([alone]) is alone
