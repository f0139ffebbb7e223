"""Jets per second of weaver-core's loader; run by `read.py` in an environment with weaver-core.

Run: python benchmarks/weaver_loader.py CONFIG.yaml {files|share|memory} FETCH_STEP FILE...
Prints the jets per second of each of three passes, with one worker and batches of 128. FETCH_STEP is a number of files
or a share of each file; with `memory` all jets stay in memory, and only the first pass reads files.
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
    """Load all jets in batches, three times."""
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
    os._exit(0)  # do not wait for the worker, which prefetches


if __name__ == "__main__":
    main(*sys.argv[1:])
