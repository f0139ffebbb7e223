"""Jets per second of weaver-core's loader; `read.py` runs it with the Python of an environment that has weaver-core.

Run: python benchmarks/weaver_loader.py CONFIG.yaml {files|share|memory} FETCH_STEP FILE...
Prints the jets per second of each of three passes, one worker, batches of 128. What is fetched at a time is so many
files or a share of each; with `memory` all is kept, and passes after the first read no file.
"""

import logging
import os
import sys
from itertools import chain, repeat
from time import perf_counter

from torch.utils.data import DataLoader
from weaver.utils.dataset import SimpleIterDataset

logging.disable(logging.CRITICAL)

JETS = 50_000


def main(config: str, by: str, step: str, *files: str) -> None:
    """Take so many batches as hold all jets, three times."""
    data = SimpleIterDataset(
        {"jets": list(files)},
        config,
        batch_size=128,
        for_training=True,
        fetch_by_files=by == "files",
        fetch_step=float(step),
        in_memory=by == "memory",
        infinity_mode=by == "memory",
        name="train",
    )
    batches = chain.from_iterable(repeat(DataLoader(data, batch_size=128, num_workers=1, persistent_workers=True)))
    for _ in range(3):
        jets, start = 0, perf_counter()
        while jets < JETS:
            jets += len(next(batches)[1]["_label_"])
        print(jets / (perf_counter() - start), flush=True)
    os._exit(0)  # the worker that fetches ahead is not waited for


if __name__ == "__main__":
    main(*sys.argv[1:])
