"""The executor that a profile chooses."""

import sys

from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry


def executor(name: str) -> str:
    """Return the name of an executor; exit with one line if its plugin for Snakemake is not installed.

    Profiles call this, because Snakemake itself lists the executors that there are, and does not name the package.
    """
    registry = ExecutorPluginRegistry()
    if not registry.is_installed(name):
        package = registry.get_plugin_package_name(name)
        print(f"tagwerk: executor '{name}': its plugin is not installed; run: pip install {package}", file=sys.stderr)
        sys.exit(2)
    return name
