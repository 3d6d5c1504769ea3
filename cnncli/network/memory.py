"""How much memory this process may still take, asked before it is taken."""

from __future__ import annotations

import contextlib
import math
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError

_GROUP = Path("/sys/fs/cgroup")  # that of this container, where there is one


def available() -> int | None:
    """Return the bytes that this process may still take; None where the system does not tell.

    The least of what is free, what its control group leaves, and its own limit (`ulimit -v`).
    """
    return min(_limits(), default=None)


def require(needed: int, what: str, *, hint: str | None = None) -> None:
    """Raise ModelError where `what` needs more bytes than this process may still take."""
    free = available()
    if free is not None and needed > free:
        raise ModelError(
            f"{what} would take {size(needed)} of memory; {size(max(free, 0))} can be had",
            hint=hint,
        )


def result(tensor: Any) -> int:
    """Return the bytes of one row of a symbolic tensor as float32; 0 where a size is open."""
    shape = tuple(tensor.shape)[1:]
    return 0 if None in shape else math.prod(shape) * 4


def size(number: float) -> str:
    """Write a number of bytes with three digits: 1.25 GB."""
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if number < 1000 or unit == "PB":
            break
        number /= 1000
    return f"{number:.3g} {unit}"


def _limits() -> Iterator[int]:
    """Give each bound that the system tells."""
    free = _field(Path("/proc/meminfo"), "MemAvailable:")
    if free is not None:
        yield free * 1024
    elif "SC_PHYS_PAGES" in os.sysconf_names:
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with contextlib.suppress(OSError, ValueError):  # "max", or no control groups at all
        most = int((_GROUP / "memory.max").read_text())
        yield most - (_field(_GROUP / "memory.stat", "anon") or 0)  # files it reads give way
    own, _ = resource.getrlimit(resource.RLIMIT_AS)
    taken = _field(Path("/proc/self/status"), "VmSize:")
    if own != resource.RLIM_INFINITY and taken is not None:
        yield own - taken * 1024


def _field(file: Path, key: str) -> int | None:
    """Return the number behind `key` in a file of the kernel's."""
    with contextlib.suppress(OSError):
        for line in file.read_text().splitlines():
            words = line.split()
            if words[:1] == [key]:
                return int(words[1])
    return None
