"""Reading a kernel from the command line: a name, a matrix, or a file."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnncli.errors import DataError, UsageError
from cnncli.images.image import Image
from cnncli.images.kernels import Kernel, make, own
from cnncli.images.reader import file_bytes, shown_name

if TYPE_CHECKING:
    from cnncli.images.kernels import Matrix

_MATRIX = re.compile(r"[\[\]\d\s.,;/eE+-]+")
_BETWEEN_ROWS = re.compile(r"\]\s*[,;]?\s*\[")


def parse(text: str) -> Kernel:
    """Return the kernel that `text` means.

    `NAME` or `NAME:ARGUMENT=VALUE,...`; a matrix, its rows parted by semicolons and its numbers
    by blanks or commas (`1/9` is a number), or in brackets as in Python and JSON; or the path of a
    .csv or .npy file.
    """
    if is_matrix(text):
        matrix = matrix_of(text, "--kernel")
        return own(matrix, f"{matrix.shape[0]} x {matrix.shape[1]}")
    if _is_file_of_numbers(text):
        return own(_read(text), shown_name(text), shown_name(Path(text).stem))
    name, _, rest = text.partition(":")
    return make(name.strip(), dict(_argument(part) for part in rest.split(",") if part.strip()))


def square_instead(text: str) -> str | None:
    """Return how a kernel that is written in one row would be a square; None where it is not."""
    if not is_matrix(text):
        return None
    matrix = matrix_of(text, "--kernel")
    side = math.isqrt(matrix.size)
    if matrix.shape[0] > 1 or side < 2 or side**2 != matrix.size or "[[" in text:
        return None
    numbers = _plain(text).replace(",", " ").split()
    return "; ".join(" ".join(numbers[at : at + side]) for at in range(0, len(numbers), side))


def is_matrix_source(text: str) -> bool:
    """Whether `text` is a matrix, or a file that holds one; one number alone names a file."""
    written = is_matrix(text) and any(sign in text for sign in " ,;[")
    return _is_file_of_numbers(text) or (written and not os.path.lexists(text))


def read_matrix(text: str, option: str) -> Matrix:
    """Return the matrix that `text` writes out, or that its .csv or .npy file holds."""
    matrix = _read(text) if _is_file_of_numbers(text) else matrix_of(text, option)
    if matrix.ndim != 2 or matrix.size == 0 or not np.isfinite(matrix).all():
        raise UsageError(f"{shown_name(text)}: a matrix has rows and columns of finite numbers")
    return matrix


def image_of(text: str) -> Image:
    """Return a matrix as an image of one channel, float64."""
    matrix = read_matrix(text, "MATRIX")
    name = shown_name(text) if _is_file_of_numbers(text) else "the matrix"
    return Image(matrix[:, :, None], name, "matrix", "F", 64)


def is_matrix(text: str) -> bool:
    """Whether `text` consists of numbers, and is no name of a file or kernel."""
    return bool(_MATRIX.fullmatch(text)) and any(c.isdigit() for c in text)


def matrix_of(text: str, option: str) -> Matrix:
    """Return the matrix (float64) that `text` writes out; raises UsageError that names `option`."""
    rows = [
        [_number(each, option) for each in row.replace(",", " ").split()]
        for row in _plain(text).strip().strip(";").split(";")
    ]
    return _rectangle(rows, option)


def _rectangle(rows: list[list[float]], name: str) -> Matrix:
    for index, row in enumerate(rows, 1):
        if len(row) != len(rows[0]) or not row:
            raise UsageError(
                f"{name}: row {index} has {len(row)} number{'s' if len(row) != 1 else ''}, "
                f"row 1 has {len(rows[0])}",
                hint="Rows are separated by semicolons: '0 -1 0; -1 5 -1; 0 -1 0'.",
            )
    return np.array(rows, dtype=np.float64)


def _plain(text: str) -> str:
    """Return a matrix without the brackets of Python and JSON, if it has any."""
    if "[" not in text and "]" not in text:
        return text
    if text.count("[") != text.count("]") or not text.strip().startswith("["):
        raise UsageError(
            f"{text}: its brackets do not match", hint="For example: '[[0, -1, 0], [-1, 5, -1]]'"
        )
    return _BETWEEN_ROWS.sub(";", text.strip()).strip("[] ")


def _number(text: str, name: str) -> float:
    over, slash, under = text.partition("/")
    try:
        return float(over) / float(under) if slash else float(text)
    except (ValueError, ZeroDivisionError):
        raise UsageError(f'{name}: "{text}" is not a number') from None


def _argument(text: str) -> tuple[str, float]:
    key, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        equals = ""
    if not equals or not np.isfinite(number):
        raise UsageError(
            f'"{text}" is not an argument of a kernel',
            hint="For example: gaussian:size=7,sigma=1.5",
        )
    return key.strip(), number


def _is_file_of_numbers(text: str) -> bool:
    return Path(text).suffix.lower() in (".csv", ".npy")


def _read(path: str) -> Matrix:
    shown = shown_name(path)
    data = file_bytes(path, shown)
    return _npy(data, shown) if path.lower().endswith(".npy") else _csv(data, shown)


def _npy(data: bytes, shown: str) -> Matrix:
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
        return np.asarray(array, dtype=np.float64)
    except (ValueError, TypeError, EOFError, OSError) as error:
        raise DataError(f"{shown}: no array of numbers in it ({error})") from None


def _csv(data: bytes, shown: str) -> Matrix:
    import csv

    if data.strip():
        with contextlib.suppress(ValueError):  # of what is not plain: `1/9`, or a mistake
            text = io.BytesIO(data)
            return np.loadtxt(text, delimiter=",", comments=None, ndmin=2, encoding="utf-8-sig")
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{shown}: not a CSV file ({error})") from None
    rows = [[_number(cell, shown) for cell in line] for line in lines if line]
    if not rows:
        raise DataError(f"{shown}: an empty file")
    return _rectangle(rows, shown)
