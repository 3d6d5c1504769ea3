"""The CSV files of a run, read with care: a run directory may be anybody's."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from cnncli.errors import ModelError

_LONGEST = 4_000_000  # characters of a line; a probability for each of 100,000 classes has fewer


def read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a table that has these columns, and perhaps more.

    Raises ModelError where there is no such file, or it is none of a run's.
    """
    if not path.exists():
        raise ModelError(f"{path.parent}: holds no {path.name}")
    if not path.is_file():
        raise ModelError(f"{path}: is no regular file")
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            reader = csv.DictReader(_lines(file), strict=True)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise ModelError(f"{path}: has no column {missing[0]}, so it is none of a run")
            rows = list(reader)
    except csv.Error as error:
        raise ModelError(f"{path}: line {reader.line_num} cannot be read ({error})") from error
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            raise ModelError(f"{path}: row {number} has not as many values as there are columns")
    return rows


def _lines(file: TextIO) -> Iterator[str]:
    """Yield the lines of a file; csv.Error for one without end."""
    while line := file.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise csv.Error(f"it has {_LONGEST:,} characters or more")
        yield line


def numbers(path: Path, columns: Sequence[str]) -> list[dict[str, float]]:
    """Return the rows of a table of numbers alone; ModelError as `read`."""
    rows = []
    for place, row in enumerate(read(path, columns), start=1):
        try:
            rows.append({name: float(value) for name, value in row.items()})
        except ValueError as error:
            raise ModelError(f"{path}: row {place}: {error}") from error
    return rows
