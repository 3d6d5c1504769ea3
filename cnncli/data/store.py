"""The pixels of a data set, as one array on disk or decoded when they are asked for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from cnncli import files
from cnncli._version import __version__
from cnncli.cache import IMAGES, IMAGES_LIMIT_VARIABLE
from cnncli.data import facts
from cnncli.data.index import Index, Item, Unreadable
from cnncli.data.scan import Progress, Seen, pixels_of, scan
from cnncli.images import samples
from cnncli.images.prepare import Target

if TYPE_CHECKING:
    import numpy as np

# Room that is left on the disk for everybody else.
SPARE_BYTES = 1 << 30
LOOKS = facts.Looks(near=True)  # a copy of a training image must be known again
# Raised when the same file would give other pixels or facts.
VERSION = 10


class Pixels(Protocol):
    """Rows of uint8, N x height x width x channels: `pixels[rows]` copies some into memory."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, rows: Any) -> np.ndarray: ...

    def __len__(self) -> int: ...


class OnDemand:
    """Pixels that are decoded each time they are asked for."""

    def __init__(self, items: Sequence[Item], target: Target) -> None:
        self._items, self._target = items, target

    @property
    def shape(self) -> tuple[int, ...]:
        target = self._target
        return len(self._items), target.height, target.width, target.channels

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, rows: Any) -> np.ndarray:
        import numpy as np

        chosen = np.arange(len(self._items))[rows]
        if chosen.ndim == 0:
            return pixels_of([self._items[int(chosen)]], self._target)[0]
        return pixels_of([self._items[row] for row in chosen.tolist()], self._target)


class Stored:
    """What a pass over an index found: facts for each item, reasons, and pixels of the whole."""

    def __init__(
        self, table: np.ndarray, unreadable: tuple[Unreadable, ...], pixels: Pixels, cached: bool
    ) -> None:
        self.facts, self.unreadable, self.pixels, self.cached = table, unreadable, pixels, cached


def store(index: Index, target: Target, *, use_cache: bool, progress: Progress | None) -> Stored:
    """Return facts and pixels of `index`, from the cache where they are, else by one pass."""
    items = index.items
    if not use_cache:
        return _uncached(items, target, progress)
    path = IMAGES.folder / f"{_key(index, target)}.npy"
    found = _load(path, items)
    if found is not None:
        return found
    size = len(items) * target.height * target.width * target.channels
    if not room_for(size):
        return _uncached(items, target, progress)
    written = None
    with suppress(OSError):  # the disk filled up meanwhile, or the cache cannot be written
        with files.replacing(path) as temporary:
            lasting = _write(temporary, items, target, progress)
            # Opened before it gets its name: whatever becomes of the name, this process has it.
            written = _load(temporary, items)
        if not lasting:
            path.unlink()
    return written or _uncached(items, target, progress)


def no_room() -> str:
    """Say why decoded images are not kept, where they were to be."""
    limit = f"{IMAGES.limit_bytes / 1e9:g} GB by {IMAGES_LIMIT_VARIABLE}"
    spare = f"{SPARE_BYTES / 1e9:.0f} GB of the disk stay free"
    return f"no room for decoded images in {IMAGES.folder} ({limit}; {spare})"


def room_for(size: int) -> bool:
    """Make room for `size` bytes, and say whether there is: the disk must stay usable."""
    if size > IMAGES.limit_bytes:
        return False
    try:
        IMAGES.folder.mkdir(parents=True, exist_ok=True)
        IMAGES.trim(size)
        return shutil.disk_usage(IMAGES.folder).free >= size + SPARE_BYTES
    except OSError:
        return False


def _uncached(items: Sequence[Item], target: Target, progress: Progress | None) -> Stored:
    table, unreadable = collect(items, scan(items, target, progress, looks=LOOKS))
    readable = [item for item, ok in zip(items, table["ok"].tolist(), strict=True) if ok]
    return Stored(table, unreadable, OnDemand(readable, target), cached=False)


def collect(
    items: Sequence[Item], seen: Iterator[Seen]
) -> tuple[np.ndarray, tuple[Unreadable, ...]]:
    """Return the facts of all items and the reasons of those that cannot be read."""
    table, reasons = facts.empty(len(items)), []
    for place, (item, one) in enumerate(zip(items, seen, strict=True)):
        if one.facts is None:
            reasons.append(Unreadable(item.file, one.reason, one.values))
        else:
            table[place] = one.facts
    return table, tuple(reasons)


def _key(index: Index, target: Target) -> str:
    import hashlib

    state = hashlib.blake2b(digest_size=20)
    # "data/" is the folder "data", and a sample is the same wherever one stands.
    place = index.data if samples.is_sample(index.data) else os.path.abspath(index.data)  # noqa: PTH100
    versions = (VERSION, __version__, place)
    state.update(repr((versions, astuple(target))).encode("utf-8", "surrogateescape"))
    for item in index.items:
        state.update(f"{item.file}\0{item.size}\0{item.mtime_ns}\n".encode())
    return state.hexdigest()


def _write(path: Path, items: Sequence[Item], target: Target, progress: Progress | None) -> bool:
    """Write three arrays one behind the other: pixels, facts, and the reasons as JSON text.

    Returns whether another pass would find the same: no image failed for a passing reason. Not
    through a mapped file: a full disk would then kill the process instead of raising.
    """
    import numpy as np

    shape = (target.height, target.width, target.channels)
    passing = 0
    with path.open("wb") as file:
        _header(file, (len(items), *shape))

        def kept() -> Iterator[Seen]:
            nonlocal passing
            for seen in scan(items, target, progress, looks=LOOKS):
                passing += not seen.lasting
                if seen.pixels is not None:
                    file.write(np.ascontiguousarray(seen.pixels).data)
                yield seen

        table, unreadable = collect(items, kept())
        reasons = json.dumps([astuple(one) for one in unreadable]).encode()
        np.save(file, table)
        np.save(file, np.frombuffer(reasons, np.uint8))
        file.seek(0)
        _header(file, (int(table["ok"].sum()), *shape))
    return not passing


def _header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    # NumPy leaves room for the first number to grow, so the header keeps its length.
    from numpy.lib import format as npy

    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, header)


def _load(path: Path, items: Sequence[Item]) -> Stored | None:
    """Return a cached entry; None when there is none, or it is damaged in any way."""
    import numpy as np

    try:
        pixels = np.load(path, mmap_mode="r")
        with path.open("rb") as file:
            file.seek(pixels.offset + pixels.nbytes)
            table, reasons = np.load(file), np.load(file)
        unreadable = tuple(_unreadable(*one) for one in json.loads(reasons.tobytes()))
        os.utime(path)  # used just now: not the next to go
    except (OSError, ValueError, TypeError, EOFError):
        return None
    whole = len(table) == len(items) and len(pixels) == int(table["ok"].sum())
    return Stored(table, unreadable, pixels, cached=True) if whole else None


def _unreadable(file: str, reason: str, values: list[float] | None) -> Unreadable:
    return Unreadable(file, reason, (values[0], values[1]) if values else None)
