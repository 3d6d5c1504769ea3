"""Whether a process works on a run, or on several together, just now: it holds the lock then."""

from __future__ import annotations

import fcntl
from pathlib import Path


def is_held(path: Path) -> bool:
    """Whether a process has the lock of a run, or of a folder of runs."""
    held = path / ".lock"
    if not held.is_file():
        return False
    try:
        with held.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def how_to_end(path: Path, command: str) -> str:
    """Return what to do about what is not finished; `command` goes on with it."""
    if is_held(path):
        return "A process trains it now: wait until that is done."
    return f"Train it to its end: {command}"
