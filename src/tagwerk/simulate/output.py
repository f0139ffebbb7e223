"""The file of simulated jets: a ROOT TTree with metadata, byte-identical for the same seed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import awkward as ak
import uproot

from tagwerk.cards.generator_kinds import AnyGenerator
from tagwerk.provenance.versions import versions
from tagwerk.simulate.root_dates import remove_dates


def metadata(generator: AnyGenerator, part: str) -> str:
    """Return, as JSON, what determines a part's content: the generator's settings, the part and the versions."""
    return json.dumps({"generator": generator.model_dump(mode="json"), "part": part, "versions": versions()})


_JETS_PER_BASKET = 5_000


@contextmanager
def jet_file(
    path: Path, metadata: str, branches: Mapping[str, str], lists: Mapping[str, Mapping[str, str]]
) -> Iterator["uproot.WritableTree"]:
    """Give the tree `jets` of a new ROOT file with this `metadata`, to `extend` chunk by chunk, one basket each.

    The tree has these `branches` and these `lists` of records, types by name.

    The same jets give the same bytes: all dates are removed, the file's UUID is made from the metadata, and uproot gets
    an open file, so that it does not store the name.
    """
    identifier = uuid5(NAMESPACE_URL, metadata)
    with (
        path.open("w+b") as stream,
        uproot.recreate(stream, compression=uproot.LZ4(1), uuid_function=lambda: identifier) as file,
    ):
        file["metadata"] = metadata
        yield file.mktree("jets", _branch_types(branches, lists))
    remove_dates(path)


def baskets(chunks: Iterable[ak.Array], jets: int = _JETS_PER_BASKET) -> Iterator[ak.Array]:
    """Yield the jets of all chunks, at least `jets` at a time except at the end: reading many small baskets is slow."""
    waiting: list[ak.Array] = []
    for chunk in chunks:
        waiting.append(chunk)
        if sum(map(len, waiting)) >= jets:
            yield ak.concatenate(waiting)
            waiting = []
    if waiting:
        yield ak.concatenate(waiting)


def branch_arrays(jets: ak.Array) -> dict[str, ak.Array]:
    """Return the branches of a chunk of jet records."""
    return {name: jets[name] for name in jets.fields}


def _branch_types(branches: Mapping[str, str], lists: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    records = {
        name: ", ".join(f'"{field}": {dtype}' for field, dtype in types.items()) for name, types in lists.items()
    }
    return {**branches, **{name: f"var * {{{record}}}" for name, record in records.items()}}
