"""Jets per second of weaver-core's loader; `read.py` runs it with the Python of an environment that has weaver-core.

Run: python benchmarks/weaver_loader.py CONFIG.yaml BY_FILES FETCH_STEP FILE...
Prints the jets per second of each of three passes, one worker, batches of 128.
"""

import logging
import sys
from time import perf_counter

from torch.utils.data import DataLoader
from weaver.utils.dataset import SimpleIterDataset

logging.disable(logging.CRITICAL)


def main(config: str, by_files: str, step: str, *files: str) -> None:
    """Read all files three times."""
    data = SimpleIterDataset(
        {"jets": list(files)},
        config,
        batch_size=128,
        for_training=True,
        fetch_by_files=by_files == "files",
        fetch_step=float(step),
        name="train",
    )
    loader = DataLoader(data, batch_size=128, num_workers=1, persistent_workers=True)
    for _ in range(3):
        start = perf_counter()
        jets = sum(len(labels["_label_"]) for _, labels, _ in loader)
        print(jets / (perf_counter() - start))


if __name__ == "__main__":
    main(*sys.argv[1:])
