"""The processor that Numba compiles for."""

import llvmlite.binding
import numba


def has(*features: str) -> bool:
    """Return whether it has all of these features, in LLVM's names."""
    chosen = numba.config.CPU_FEATURES  # of NUMBA_CPU_FEATURES, which takes the place of this processor's
    if chosen is not None:
        return all(f"+{feature}" in chosen.split(",") for feature in features)
    host = llvmlite.binding.get_host_cpu_features()
    return all(host.get(feature, False) for feature in features)
