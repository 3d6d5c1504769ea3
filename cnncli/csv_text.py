"""CSV as all tables are written: whoever reads it gets every field back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

_END = "\r\n"


def line(row: Sequence[Any]) -> str:
    """Return a row as CSV, its line end included."""
    text = io.StringIO()
    # Python quotes what stands in the line end, before 3.13 that alone: beside "\n" a carriage
    # return would stay bare, and is read as the end of a row.
    csv.writer(text, lineterminator=_END).writerow(row)
    return text.getvalue().removesuffix(_END) + "\n"


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV (quoted as in RFC 4180, lines ended by a newline)."""
    return "".join(map(line, rows))
