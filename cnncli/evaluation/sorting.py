"""Image files sorted into a folder for each class, with a list by which it can be undone."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Literal

from cnncli import files
from cnncli.errors import DataError, UsageError
from cnncli.evaluation.appended import Done
from cnncli.evaluation.placing import copy, is_half_moved, is_same, move
from cnncli.images.reader import shown_name
from cnncli.journal import Journal

How = Literal["move", "copy"]
LISTS: dict[How, str] = {"move": "moved.csv", "copy": "copied.csv"}
HEADER = ("from", "to")  # an absolute path, and one below the folder of the list
_WHAT = "a list of files that were sorted"
LONGEST = 255  # bytes of a name


class Sorter:
    """Moves or copies files to FOLDER/CLASS/NAME; where that is taken, to NAME-2 and so on.

    Each stands in the list before it is touched. Several processes may sort into one folder.
    """

    def __init__(self, folder: Path, how: How) -> None:
        self.folder, self._how = folder, how
        self.done = 0
        self._next: dict[Path, int] = {}  # the number to try first for a name that is taken
        self._one = threading.Lock()

    def begin(self) -> None:
        """Go on with the list of an earlier call, where there is one; DataError if it is none."""
        if (self.folder / LISTS[self._how]).exists():
            _ = self._journal

    def close(self) -> None:
        """Close the list."""
        if "_journal" in self.__dict__:
            self._journal.__exit__()

    def take(self, source: str, label: str) -> None:
        """Bring a file to the folder of its class; OSError where it stays where it is."""
        with self._one:
            self.done += self._take(Path(os.path.abspath(source)), label)  # noqa: PTH100

    def _take(self, source: Path, label: str) -> bool:
        if self._how == "move":
            _require_movable(source)
        home = self.folder / label
        home.mkdir(parents=True, exist_ok=True)
        if source.parent.samefile(home):
            return False
        journal = self._journal
        for target in self._names(home / source.name):
            if os.path.lexists(target):
                if self._is_copied(source, target):
                    return False
                continue
            journal.add((str(source), str(target.relative_to(self.folder))))
            try:
                (move if self._how == "move" else copy)(source, target)
            except FileExistsError:  # another process was faster
                continue
            return True
        raise AssertionError("there is always another name")

    def _names(self, first: Path) -> Iterator[Path]:
        yield first
        for number in count(self._next.get(first, 2)):
            yield first.with_stem(f"{first.stem}-{number}")
            self._next[first] = number + 1

    def _is_copied(self, source: Path, target: Path) -> bool:
        """Whether `target` is the copy of a file that an earlier call has made."""
        if self._how == "move" or self._listed.find(str(source)) is None:
            return False
        here, there = source.stat(), target.stat()
        return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)

    @cached_property
    def _journal(self) -> Journal:
        journal = Journal(self.folder / LISTS[self._how], shared=True)
        journal.begin(HEADER, _WHAT)
        if self._how == "move":
            _finish(self.folder, journal)
        return journal

    @cached_property
    def _listed(self) -> Done:
        return Done((source, "", "") for source, _ in self._journal.rows())


def check_folder(folder: Path) -> None:
    """Raise where no files can be sorted into `folder`; makes nothing."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    if reason := files.why_no_folder(folder):
        raise DataError(f"{folder}: no files can be sorted into it: {reason}")


def check_classes(classes: Sequence[str]) -> None:
    """Raise DataError for a class that cannot be the name of a folder; "a/b" is two."""
    for label in classes:
        if not _is_folder(label):
            raise DataError(f'class "{label}": no folder can be called so')


def _require_movable(source: Path) -> None:
    """Raise OSError where a file cannot leave its folder, before anything is made for it."""
    source.lstat()
    if os.access(source.parent, os.W_OK | os.X_OK):
        return
    read_only = os.statvfs(source.parent).f_flag & os.ST_RDONLY
    reason = errno.EROFS if read_only else errno.EACCES
    raise OSError(reason, os.strerror(reason), str(source))


def _is_folder(label: str) -> bool:
    steps = label.split("/")
    if steps[0] in LISTS.values() or "\0" in label:
        return False
    return all(step not in ("", ".", "..") and len(os.fsencode(step)) <= LONGEST for step in steps)


def _finish(folder: Path, journal: Journal) -> None:
    """End the last move of the list, where a kill has left the file at both places."""
    for source, target in deque(journal.rows(), maxlen=1):
        if is_half_moved(Path(source), folder / target):
            with contextlib.suppress(FileNotFoundError):
                Path(source).unlink()


@dataclass
class Undone:
    """How many files are back, or how many copies are gone; and what stays, with the reason."""

    files: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)


def undo(folder: Path) -> Undone:
    """Bring moved files back to where they were, and remove copies of files that are unchanged.

    Nothing is overwritten. The lists go when all of it is done, and folders that are empty then.
    Raises DataError where there is no list.
    """
    lists = [how for how in LISTS if (folder / LISTS[how]).is_file()]
    if not lists:
        names = " or ".join(LISTS.values())
        raise DataError(f"{shown_name(folder)}: holds no {names}, so nothing was sorted into it")
    undone = Undone()
    for how in lists:
        with Journal(folder / LISTS[how]) as journal:
            journal.begin(HEADER, _WHAT)
            rows = list(journal.rows())
            before = len(undone.problems)
            _undo(folder, how, rows, undone)
            _tidy(folder, rows)
            if len(undone.problems) == before:
                journal.path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
    return undone


def _undo(folder: Path, how: How, rows: Sequence[Sequence[str]], undone: Undone) -> None:
    back: set[str] = set()
    for source, target in reversed(rows):
        if ".." in Path(target).parts or source in back:
            continue
        try:
            done = (_back if how == "move" else _remove)(Path(source), folder / target)
        except OSError as error:
            undone.problems.append((shown_name(folder / target), error.strerror or str(error)))
            continue
        undone.files += done
        if done:
            back.add(source)


def _back(source: Path, target: Path) -> bool:
    """Move a file back; whether there was anything to do."""
    if not os.path.lexists(target):
        if not os.path.lexists(source):
            raise FileNotFoundError(0, "is neither there nor where it was")
        return False
    if os.path.lexists(source):
        if is_half_moved(source, target):
            target.unlink()
            return True
        raise FileExistsError(0, f"stays: where it was, {shown_name(source)}, is another file")
    source.parent.mkdir(parents=True, exist_ok=True)
    move(target, source)
    return True


def _remove(source: Path, target: Path) -> bool:
    """Remove a copy whose file is there and the same; whether there was one."""
    if not os.path.lexists(target):
        return False
    if not source.is_file() or not is_same(source, target):
        raise FileExistsError(0, f"stays: {shown_name(source)} is gone, or another file by now")
    target.unlink()
    return True


def _tidy(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    """Remove the class folders that are empty."""
    homes = {Path(target).parent for _, target in rows}
    every = {home for each in homes for home in (each, *each.parents) if home != Path()}
    for home in sorted(every, key=lambda each: -len(each.parts)):
        with contextlib.suppress(OSError):
            (folder / home).rmdir()
