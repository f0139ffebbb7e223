"""The logger `tagwerk` of Snakemake, which finds it by the name of this package."""

from tagwerk.workflow.terminal import LogHandler

__all__ = ["LogHandler"]
