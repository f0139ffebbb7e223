"""XRootD's client, as all tests need it: with little patience, and before TensorFlow."""

import os

# It reads them once, when it is imported, and gives up after a few seconds.
os.environ.update({"XRD_CONNECTIONWINDOW": "1", "XRD_CONNECTIONRETRY": "3"})

# XRootD 6.2, loaded after TensorFlow, crashes; no command of Tagwerk loads both.
from XRootD import client  # noqa: F401
