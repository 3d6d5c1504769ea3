"""Which images a call names: files, folders, samples, a list of paths; all of them or a share."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnncli.errors import DataError
from cnncli.images.reader import STDIN, STDIN_NAME, is_there, shown_name
from cnncli.images.sample_sets import is_set
from cnncli.runs.directory import is_run

Skip = Callable[[str], bool]


@dataclass(frozen=True)
class Source:
    """An image to predict: the name to show, and what the reader takes, or why there is none."""

    file: str
    source: str | None
    error: str = ""


@dataclass(frozen=True)
class Shard:
    """One of `of` shares of a listing: the images number `number`, `number` + `of`, ... from 1."""

    number: int = 1
    of: int = 1

    def of_all(self, count: int) -> int:
        """Return how many of `count` images are in it."""
        return (count - self.number + self.of) // self.of


class Listing:
    """The images that names stand for, in order, found while they are taken.

    `count` is how many names there are, None where that is not known. `skip` says which folders
    below a named one are passed over.
    """

    def __init__(
        self,
        names: Iterable[str],
        count: int | None,
        shard: Shard | None = None,
        skip: Skip = lambda folder: False,
    ) -> None:
        self._names, self._count, self._skip = names, count, skip
        self._shard = shard or Shard()
        self._ahead = 0  # names that may turn out to be many images
        self._left_out = 0
        if isinstance(names, Sequence):
            self._ahead = sum(map(_is_many, names))

    @property
    def total(self) -> int | None:
        """How many images there are to do; None as long as that is not known."""
        if self._count is None or self._ahead:
            return None
        return self._shard.of_all(self._count) - self._left_out

    def leave_out(self) -> None:
        """Take note of an image that is listed, and not to be done."""
        self._left_out += 1

    def __iter__(self) -> Iterator[Source]:
        for place, source in enumerate(self._all()):
            if place % self._shard.of == self._shard.number - 1:
                yield source

    def _all(self) -> Iterator[Source]:
        for name in self._names:
            if _is_many(name):
                found = _of_set(name) if is_set(name) else _below(name, self._skip)
                self._ahead = max(0, self._ahead - 1)
                if self._count is not None:
                    self._count += len(found) - 1
                yield from found
            else:
                yield Source(STDIN_NAME if name == STDIN else name, name)


def sources(names: Sequence[str]) -> Iterator[Source]:
    """Return the images that files, folders (with all that is below), samples and `-` name."""
    return iter(Listing(names, len(names)))


def until_there(images: Iterator[Source]) -> tuple[list[Source], bool]:
    """Take images up to the first that is there to be read; whether there was one.

    Where there is none, no network has to be loaded to say so.
    """
    taken = []
    for image in images:
        taken.append(image)
        if image.source is not None and is_there(image.source):
            return taken, True
    return taken, False


def listed(path: str) -> tuple[Iterator[str], int | None]:
    """Return the paths in a file (`-` is stdin), one a line, and how many where it has an end.

    They are read as they come. Raises DataError where it cannot be opened.
    """
    try:
        file = open(0 if path == STDIN else path, "rb", closefd=path != STDIN)  # noqa: SIM115
    except OSError as error:
        raise DataError(f"{shown_name(path)}: {(error.strerror or str(error)).lower()}") from None
    count = None
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        start = os.lseek(file.fileno(), 0, os.SEEK_CUR)
        count = sum(bool(_path(line)) for line in file)
        file.seek(start)
    return _lines(file, STDIN_NAME if path == STDIN else shown_name(path)), count


def _lines(file: Iterable[bytes], shown: str) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        name = _path(line)
        if b"\0" in name:
            raise DataError(
                f"{shown}:{number}: holds a NUL, which no path does",
                hint="It takes one path a line, as find -print writes them.",
            )
        if name:
            yield "./-" if name == b"-" else os.fsdecode(name)


def _path(line: bytes) -> bytes:
    """Return the path in a line; blanks around it belong to it where there is such a file."""
    path = line.strip(b"\r\n")
    bare = path.strip()
    if bare == path or b"\0" in path or os.path.lexists(path):
        return path
    return bare


def _is_many(name: str) -> bool:
    return is_set(name) or os.path.isdir(name)  # noqa: PTH112 (it is asked of every name)


def _of_set(name: str) -> list[Source]:
    from cnncli.data import index

    return [Source(item.source, item.source) for item in index.find(name).items]


def _below(folder: str, skip: Skip) -> _Folder:
    from cnncli.data.walk import walk

    found = walk(folder, skip=lambda place: is_run(Path(place)) or skip(place))
    if not found.images and not found.problems:
        raise DataError(f"{shown_name(folder)}: holds no images")
    return _Folder(folder, [file.relative for file in found.images], found.problems)


class _Folder:
    """The images of a folder, named only when they are taken: there may be millions."""

    def __init__(self, folder: str, images: list[str], problems: list[tuple[str, str]]) -> None:
        self._folder, self._images, self._problems = folder, images, problems

    def __len__(self) -> int:
        return len(self._images) + len(self._problems)

    def __iter__(self) -> Iterator[Source]:
        for relative in self._images:
            place = os.fspath(Path(self._folder, relative))
            yield Source(shown_name(place), place)
        for relative, reason in self._problems:
            yield Source(shown_name(Path(self._folder, relative)), None, reason)
