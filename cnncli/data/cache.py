"""The user's cache of prepared images: written once, whole, shared by processes, bounded.

An entry is a folder `KEY` with `pixels.npy`, `facts.npy` and `entry.json`. It is made under
another name and renamed when it is whole, so that a reader never meets half of one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

LIMIT_VARIABLE = "CNNCLI_IMAGE_CACHE_GB"
LIMIT_GB = 20.0
# Room that is left on the disk for everybody else.
SPARE_BYTES = 1 << 30
_STALE_SECONDS = 24 * 3600
_PART = ".part-"


@dataclass(frozen=True)
class Entry:
    """One cached set of images."""

    path: Path
    size: int
    used: float


def folder() -> Path:
    """Return where entries stand; it need not exist."""
    return Path(platformdirs.user_cache_dir("cnncli")) / "images"


def limit() -> int:
    """Return how many bytes all entries may take together."""
    try:
        gigabytes = float(os.environ.get(LIMIT_VARIABLE, LIMIT_GB))
    except ValueError:
        gigabytes = LIMIT_GB
    return int(gigabytes * 1e9)


def entries() -> list[Entry]:
    """Return all whole entries, the one used last in front."""
    found = []
    for path in _folders():
        if not path.name.startswith(_PART):
            with contextlib.suppress(OSError):
                found.append(Entry(path, _size(path), path.stat().st_mtime))
    return sorted(found, key=lambda entry: entry.used, reverse=True)


def clear() -> int:
    """Remove all entries; returns the number of bytes that they took.

    A process that still reads one keeps what it has opened.
    """
    freed = 0
    for path in _folders():
        freed += _size(path)
        shutil.rmtree(path, ignore_errors=True)
    return freed


def get(key: str) -> Path | None:
    """Return the folder of an entry, marked as used now; None when there is none."""
    path = folder() / key
    try:
        os.utime(path)
    except OSError:
        # A cache that only may be read is still of use.
        return path if path.is_dir() else None
    return path


def room_for(size: int) -> bool:
    """Whether an entry of `size` bytes may be made: old entries go first, the disk stays usable."""
    if size > limit():
        return False
    try:
        folder().mkdir(parents=True, exist_ok=True)
        _make_room(limit() - size)
        return shutil.disk_usage(folder()).free >= size + SPARE_BYTES
    except OSError:
        return False


@contextlib.contextmanager
def writing(key: str) -> Iterator[Path]:
    """Give a new folder to fill, which becomes the entry `key` when the block ends.

    When another process was first, its entry stays and this one goes.
    """
    folder().mkdir(parents=True, exist_ok=True)
    part = folder() / f"{_PART}{os.getpid()}-{secrets.token_hex(4)}"
    part.mkdir()
    try:
        yield part
        with contextlib.suppress(OSError):
            part.rename(folder() / key)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _make_room(allowed: int) -> None:
    _remove_leftovers()
    total = 0
    for entry in entries():
        total += entry.size
        if total > allowed:
            shutil.rmtree(entry.path, ignore_errors=True)


def _remove_leftovers() -> None:
    """Remove what a killed process left half done."""
    for path in _folders():
        with contextlib.suppress(OSError):
            old = time.time() - path.stat().st_mtime > _STALE_SECONDS
            if path.name.startswith(_PART) and old:
                shutil.rmtree(path, ignore_errors=True)


def _folders() -> list[Path]:
    try:
        return [path for path in folder().iterdir() if path.is_dir()]
    except OSError:
        return []


def _size(path: Path) -> int:
    total = 0
    for file in path.iterdir():
        with contextlib.suppress(OSError):
            total += file.stat().st_size
    return total
