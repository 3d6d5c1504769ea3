"""A data set as files that other programs read."""

from __future__ import annotations

from pathlib import Path

from cnncli import csv_text
from cnncli.data.dataset import Dataset

_ROWS = 64


def write_array(dataset: Dataset, path: Path) -> None:
    """Write the pixels as .npy: uint8, N x height x width x channels, in the order of the items."""
    from numpy.lib import format as npy

    with path.open("wb") as file:
        shape = tuple(dataset.pixels.shape)
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(file, header)
        for start in range(0, shape[0], _ROWS):
            file.write(dataset.pixels[start : start + _ROWS].tobytes())


def write_table(dataset: Dataset, path: Path) -> None:
    """Write CSV with the columns file and label, a row for each row of the array."""
    rows = ((item.file, item.label) for item in dataset.items)
    path.write_text(csv_text.lines([("file", "label"), *rows]), encoding="utf-8", newline="")
