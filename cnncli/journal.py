"""A CSV file that grows by whole rows: a kill loses none, and a half-written last one is mended."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnncli.csv_text import line
from cnncli.errors import DataError


class Journal:
    """The file at `path`, open for one process, or for several that add rows (`shared`).

    Raises DataError where it is no regular file, or another process writes into it; OSError.
    """

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.path, self._shared = path, shared
        # Not blocking: opening a fifo would wait for somebody to read from it.
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
        self._file = os.open(path, flags, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(self._file).st_mode):
                raise DataError(f"{path}: rows are added to a file, and it is none")
            if not shared:
                self._take_alone()
            with self.locked():
                self.begun = self._whole() > 0
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._file)

    def _take_alone(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"{self.path}: another process adds rows to it",
                hint="Give each a file of its own, or wait for the other.",
            ) from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Within the block no other process adds a row."""
        if self._shared:
            fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if self._shared:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def begin(self, header: Sequence[str], what: str) -> None:
        """Mend what a kill left, and write the header where there is none yet.

        Raises DataError where there is another one; `what` ends "its columns are not those of ".
        """
        text = line(header).encode("utf-8", "surrogateescape")
        with self.locked(), self.path.open("rb") as file:
            first = file.read(len(text))
            if first != text and not (len(first) < len(text) and text.startswith(first)):
                raise DataError(
                    f"{self.path}: its columns are not those of {what}",
                    hint="Name another file, which is then made.",
                )
            if first == text:
                os.ftruncate(self._file, self._whole())
                return
            os.ftruncate(self._file, 0)
            self._append(text)

    def rows(self) -> Iterator[list[str]]:
        """Yield the whole rows below the header.

        Raises DataError, with the line, for one that has not as many values as the header.
        """
        table = csv.reader(self._lines(self._whole()), strict=True)
        try:
            header = next(table, [])
            for row in table:
                if len(row) != len(header):
                    raise DataError(
                        f"{self.path}:{table.line_num}: {len(row)} values, and the header names "
                        f"{len(header)}"
                    )
                yield row
        except csv.Error as error:
            raise DataError(f"{self.path}:{table.line_num}: {error}") from None

    def _lines(self, end: int) -> Iterator[str]:
        with self.path.open("rb") as file:
            for content in file:
                end -= len(content)
                if end < 0:
                    return
                yield content.decode("utf-8", "surrogateescape")

    def add(self, row: Sequence[str]) -> None:
        """Append a row; a full disk leaves the file as it was."""
        self.write(line(row))

    def write(self, text: str) -> None:
        """Append a row as text, its line end included."""
        with self.locked():
            self._append(text.encode("utf-8", "surrogateescape"))

    def _append(self, content: bytes) -> None:
        before = os.fstat(self._file).st_size
        try:
            while content:
                content = content[os.write(self._file, content) :]
        except OSError as error:
            os.ftruncate(self._file, before)
            error.filename = str(self.path)
            raise

    def _whole(self) -> int:
        """Return where the last whole row ends: a line end within quotes ends none."""
        end = place = quotes = 0
        with self.path.open("rb") as file:
            for content in file:
                place += len(content)
                quotes += content.count(b'"')
                if content.endswith(b"\n") and quotes % 2 == 0:
                    end = place
        return end
