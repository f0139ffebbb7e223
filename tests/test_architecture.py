"""Data flows in one direction, and so do the imports."""

import grimp
import pytest

# A later folder may import from those before it, never the other way round.
DIRECTION = [
    {"cli"},
    {"report"},
    {"plots"},
    {"evaluation"},
    {"training"},
    {"layers"},
    {"shards"},
    {"simulate", "readers"},
]


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    return grimp.build_graph("tagwerk", cache_dir=None)
