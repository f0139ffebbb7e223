"""The chunks of a large dataset, each of which one job can handle.

Sums are over chunks, and networks score chunk by chunk, in one process too: so the result is the same to the last bit.
"""

from collections.abc import Sequence
from typing import TypeVar

from tagwerk.errors import UserError

_PARTS = 64

T = TypeVar("T")


def chunks_of(parts: Sequence[T]) -> list[Sequence[T]]:
    """Return the parts of a dataset in chunks of 64 neighbours; a dataset of fewer parts is one chunk."""
    return [parts[start : start + _PARTS] for start in range(0, len(parts), _PARTS)]


def chunk_of(parts: Sequence[T], number: int) -> Sequence[T]:
    """Return the parts of the chunk with this number, from 1.

    Raises:
        UserError: there is no such chunk.
    """
    chunks = chunks_of(parts)
    if not 1 <= number <= len(chunks):
        raise UserError(f"--chunk {number}: {len(parts)} parts are chunks 1 to {len(chunks)}; give one of these")
    return chunks[number - 1]
