#!/bin/sh
# Runs the command of a job in the folder from which it was submitted, with HTCondor's scratch folder for what is temporary.
folder=$(sed -n 's/^Iwd = "\(.*\)"$/\1/p' "$_CONDOR_JOB_AD")
cd "$folder" || exit
TMPDIR=$_CONDOR_SCRATCH_DIR
export TMPDIR
exec "$@"
