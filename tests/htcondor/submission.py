"""Runs Snakemake with HTCondor's executor plugin up to the submission of the first job, and prints the job.

There is no HTCondor on the machine, so its queue alone is replaced: by HTCondor's own conversion of a submit
description into the attributes of a job.
"""

import json
import sys

import htcondor
import htcondor2
from snakemake.cli import main


class Queue:
    """In place of the queue of HTCondor."""

    def submit(self, description: htcondor2.Submit) -> None:
        [job] = htcondor.Submit(str(description)).jobs(clusterid=1)
        print("job:", json.dumps({name: str(job.eval(name)) for name in job}))
        raise NotImplementedError("no queue")


htcondor2.Schedd = Queue
sys.exit(main(sys.argv[1:]))
