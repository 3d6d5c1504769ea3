"""`predict --move-into`, `--copy-into` and `--undo`: files in a folder for each class."""

from __future__ import annotations

import errno
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cnncli import console
from cnncli.errors import ExitCode, UsageError
from cnncli.words import counted

if TYPE_CHECKING:
    from cnncli.evaluation.listing import Source
    from cnncli.evaluation.predict import Prediction
    from cnncli.evaluation.sorting import How, Sorter

# What would stop all files that come behind, too.
_FOR_ALL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)
_PAST: dict[How, str] = {"move": "moved", "copy": "copied"}


class Sorting:
    """Brings each file to the folder of its class; what has none stays where it is."""

    def __init__(self, sorter: Sorter, how: How) -> None:
        self.sorter, self._how = sorter, how
        self.failed = self._undecided = 0

    def take(self, each: Prediction) -> None:
        """Sort the file of a prediction."""
        if each.error is None:
            self._take(each.file, each.source, each.predicted)

    def take_known(self, image: Source, label: str) -> None:
        """Sort a file whose class stands in a table; one that has been moved is no more there."""
        from cnncli.images.reader import is_there

        if label and image.source is not None and is_there(image.source):
            self._take(image.file, image.source, label)

    def _take(self, file: str, source: str | None, label: str | None) -> None:
        from cnncli.images.reader import STDIN
        from cnncli.images.samples import is_sample

        if label is None:
            self._undecided += 1
            return
        try:
            if source is None or source == STDIN or is_sample(source):
                raise FileNotFoundError(errno.ENOENT, "it is no file")
            self.sorter.take(source, label)
        except OSError as error:
            if error.errno in _FOR_ALL:
                raise
            self.failed += 1
            console.fail(f"{file}: not {_PAST[self._how]}: {(error.strerror or '').lower()}")

    def check_classes(self, classes: Sequence[str]) -> None:
        """Raise DataError for a class that cannot be a folder."""
        from cnncli.evaluation.sorting import check_classes

        check_classes(classes)

    def finish(self) -> None:
        """Say how many were sorted, and how that is undone."""
        folder = self.sorter.folder
        console.note(
            f"{counted(self.sorter.done, 'file')} {_PAST[self._how]} into {folder}; "
            f"undone by: cnncli predict --undo {shlex.quote(str(folder))}"
        )
        if self._undecided:
            console.note(f"{counted(self._undecided, 'image')} without an answer left in place")


@contextmanager
def sorting(
    folder: Path, how: How, images: Sequence[str], known: Sequence[str]
) -> Iterator[Sorting]:
    """Give what sorts files, having looked whether it can be done."""
    from cnncli.evaluation.sorting import Sorter, check_classes, check_folder
    from cnncli.images.reader import STDIN
    from cnncli.images.samples import is_sample

    for name in images:
        if name == STDIN or is_sample(name):
            raise UsageError(f"--{how}-into {folder}: {name} is no file")
    check_folder(folder)
    check_classes(known)
    sorter = Sorter(folder, how)
    try:
        sorter.begin()
        made = Sorting(sorter, how)
        yield made
        made.finish()
    finally:
        sorter.close()


def undo(folder: Path) -> None:
    """Bring the files of a folder back; Exit with 1 where something stays."""
    from cnncli.evaluation.sorting import undo as undo_all

    undone = undo_all(folder)
    for name, reason in undone.problems:
        console.fail(f"{name}: {reason}")
    console.note(f"{counted(undone.files, 'file')} brought back from {folder}")
    if undone.problems:
        raise typer.Exit(ExitCode.FAILED)
