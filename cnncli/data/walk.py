"""Walking a folder: every file below it, links followed once and never round in circles."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from cnncli.images.formats import identify, is_dicom

ENDINGS = frozenset(
    {
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".bmp", ".dib"),
        *(".gif", ".webp", ".avif", ".jp2", ".j2k", ".jpc", ".jpx"),
        *(".pbm", ".pgm", ".ppm", ".pnm", ".pfm"),
    }
)


# What systems and archives keep for themselves beside images, previews of them among it.
_SYSTEM = frozenset(
    {"__MACOSX", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"}
)


class File(NamedTuple):
    """A file that is an image by its name, or by how it begins; `relative` to the root."""

    relative: str
    size: int
    mtime_ns: int


@dataclass
class Found:
    """What a walk came across; paths are relative to its root."""

    images: list[File] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    hidden: int = 0

    def folders_at(self, depth: int) -> list[str]:
        """Return the folders that stand `depth` levels below the root."""
        return [name for name in self.folders if name.count("/") == depth - 1]


def walk(root: str, *, skip: Callable[[str], bool] = lambda folder: False) -> Found:
    """List what stands below `root`, sorted by name.

    Folders that are links come after all others, so that a link never takes the place of the
    folder that it leads to. `skip` says which folders are passed over.
    """
    found = Found()
    seen: set[tuple[int, int]] = set()
    links: list[str] = []
    _folder(root, "", found, seen, links, skip)
    while links:
        batch = sorted(links)
        links.clear()
        for relative in batch:
            _folder(root, relative, found, seen, links, skip)
    found.images.sort()
    found.folders.sort()
    found.problems.sort()
    return found


def _folder(
    root: str,
    start: str,
    found: Found,
    seen: set[tuple[int, int]],
    links: list[str],
    skip: Callable[[str], bool],
) -> None:
    waiting = [start]
    while waiting:
        relative = waiting.pop()
        path = os.path.join(root, relative) if relative else root  # noqa: PTH118
        try:
            status = os.stat(path)  # noqa: PTH116
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                found.problems.append((relative, "a link to a folder that was read already"))
                continue
            seen.add(identity)
            if relative and skip(path):
                continue
            if relative:
                found.folders.append(relative)
            with os.scandir(path) as entries:
                prefix = f"{relative}/" if relative else ""
                for entry in entries:
                    _entry(entry, prefix + entry.name, found, waiting, links)
        except OSError as error:
            found.problems.append((relative or ".", (error.strerror or str(error)).lower()))


def _entry(
    entry: os.DirEntry[str], name: str, found: Found, waiting: list[str], links: list[str]
) -> None:
    if entry.name.startswith(".") or entry.name in _SYSTEM:
        found.hidden += 1
        return
    try:
        status = entry.stat()
    except OSError as error:
        broken = entry.is_symlink() and isinstance(error, FileNotFoundError)
        why = "a link to nothing" if broken else (error.strerror or str(error)).lower()
        found.problems.append((name, why))
        return
    if stat.S_ISDIR(status.st_mode):
        (links if entry.is_symlink() else waiting).append(name)
        return
    if not stat.S_ISREG(status.st_mode):
        found.problems.append((name, _special(status.st_mode)))
        return
    kind = _kind(entry)
    if kind is None:
        found.images.append(File(name, status.st_size, status.st_mtime_ns))
    else:
        found.others[kind] += 1


def _kind(entry: os.DirEntry[str]) -> str | None:
    """Return None for what ends, or else begins, like an image, and otherwise what it is."""
    stem, dot, last = entry.name.rpartition(".")
    ending = f".{last.lower()}" if stem and dot else ""
    if ending in ENDINGS:
        return None
    try:
        with open(entry.path, "rb") as file:  # noqa: PTH123
            start = file.read(132)
    except OSError:
        return ending or "no ending"
    if is_dicom(start):
        return "DICOM"
    return None if identify(start) else ending or "no ending"


def _special(mode: int) -> str:
    return (
        "a named pipe"
        if stat.S_ISFIFO(mode)
        else ("a socket" if stat.S_ISSOCK(mode) else "a device")
    )
