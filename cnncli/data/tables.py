"""Tables as people have them: text with a line of headings, whatever program wrote it."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cnncli.errors import DataError

Rows = Iterator[tuple[int, list[str]]]
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def reading(path: Path, name: str) -> Iterator[tuple[list[str], Rows]]:
    """Give the headings of a table and its rows, each with its line.

    Fields are parted by commas, semicolons or tabs, whichever the first line has most of. Errors
    of the file, also those that come up while rows are read, are DataError with `name` in front.
    """
    with parsing(content(path, name), name) as table:
        yield table


def content(path: Path, name: str) -> bytes:
    """Return what is in a file, read once, as it may be a pipe; DataError with `name` in front."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{name}: no such file") from None
    except OSError as error:
        raise DataError(f"{name}: {(error.strerror or str(error)).lower()}") from None


@contextmanager
def parsing(content: bytes, name: str) -> Iterator[tuple[list[str], Rows]]:
    """Give the headings and rows of a table that was read, as `reading` does."""
    try:
        text = content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig")
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        headings = [heading.strip() for heading in next(table, [])]
        if not any(headings):
            raise DataError(f"{name}: has no line of headings")
        yield headings, ((table.line_num, row) for row in table if row)
    except UnicodeError:
        raise DataError(
            f"{name}: not a text in UTF-8", hint='Save it again as "CSV UTF-8".'
        ) from None
    except csv.Error as error:
        raise DataError(f"{name}: {error}") from None


def field(row: Sequence[str], place: int) -> str:
    """Return a field of a row without the blanks around it; "" where the row is too short."""
    return row[place].strip() if place < len(row) else ""
