"""What is kept between calls in the user's cache directory: bounded, checked, safe to delete."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnncli import files

DIGEST = 64  # hexadecimal digits of SHA-256
ABANDONED = 3600.0  # seconds after which a temporary file belongs to no one


@dataclass(frozen=True)
class Cache:
    """One kind of thing that is kept: a folder of files, the oldest of which go first.

    Processes may share it: files are replaced whole, and whoever finds one damaged or gone goes
    on without it. Nothing here raises OSError: a cache that cannot be used is no cache.
    """

    name: str
    help: str
    limit_bytes: float  # infinite where nothing goes of itself

    @property
    def folder(self) -> Path:
        """The folder of the files; it need not exist."""
        from platformdirs import user_cache_path

        return user_cache_path("cnncli") / self.name

    def read(self, key: str) -> bytes | None:
        """Return what was kept under `key`; None when there is nothing, or it is damaged."""
        path = self._path(key)
        try:
            stored = path.read_bytes()
            os.utime(path)  # used just now: not the next to go
        except OSError:
            return None
        content = stored[DIGEST + 1 :]
        digest = hashlib.sha256(key.encode() + content).hexdigest()
        return content if stored[: DIGEST + 1] == f"{digest}\n".encode() else None

    def write(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`, then remove what is beyond the limit."""
        digest = hashlib.sha256(key.encode() + content).hexdigest()
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            files.write_bytes(self._path(key), f"{digest}\n".encode() + content)
            self.trim()

    def files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield each file with its status; files that go meanwhile are passed over."""
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                with contextlib.suppress(OSError):
                    yield path, path.stat()

    def entries(self) -> Iterator[tuple[Path, int]]:
        """Yield each file that is kept with its bytes; a lock, which has none, is not."""
        for path, status in self.files():
            if status.st_size or not path.name.startswith("."):
                yield path, status.st_size

    def trim(self, room: int = 0) -> None:
        """Remove the files that were used least recently, until the rest keeps to the limit.

        With `room`, until that many bytes can be added.
        """
        left = self.limit_bytes - room
        newest_first = sorted(self.files(), key=lambda entry: entry[1].st_mtime, reverse=True)
        for path, status in newest_first:
            if path.name.startswith("."):
                if time.time() - status.st_mtime > ABANDONED:
                    _remove(path)
                continue
            left -= status.st_size
            if left < 0:
                _remove(path)

    def clear(self) -> tuple[int, int]:
        """Remove everything; return how many entries and bytes that were."""
        kept = dict(self.entries())
        removed = [path for path, _ in list(self.files()) if _remove(path)]
        sizes = [kept[path] for path in removed if path in kept]
        return len(sizes), sum(sizes)

    def _path(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode()).hexdigest()


def _remove(path: Path) -> bool:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    return True


def _number(variable: str, default: float) -> float:
    with contextlib.suppress(ValueError):
        return float(os.environ.get(variable, default))
    return default


SUMMARIES = Cache("summaries", "finished summaries of architectures", 32 * 2**20)
# Raised by whoever trains on more images than that.
IMAGES_LIMIT_VARIABLE = "CNNCLI_IMAGE_CACHE_GB"
IMAGES = Cache(
    "images",
    "images as networks take them, and what frozen layers make of them",
    int(_number(IMAGES_LIMIT_VARIABLE, 20) * 1e9),
)

# Files of these names, as they were fetched or put there by hand.
WEIGHTS = Cache("weights", "weights of pretrained networks, as they were fetched", math.inf)

# One line for each cache; `cnncli cache` lists and clears them.
CACHES: tuple[Cache, ...] = (SUMMARIES, IMAGES, WEIGHTS)
