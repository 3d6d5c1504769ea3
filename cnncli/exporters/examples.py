"""Real images for the check of an export, and for choosing the steps of whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.data import classing, facts
from cnncli.data.index import Item
from cnncli.data.labels import Labels
from cnncli.data.scan import scan
from cnncli.errors import DataError
from cnncli.images.prepare import Target, prepare
from cnncli.images.reader import read
from cnncli.images.samples import FILES
from cnncli.runs import record
from cnncli.runs.directory import RunDirectory
from cnncli.runs.record import SplitRow

if TYPE_CHECKING:
    import numpy as np

CHECKED = 16  # images that an export is checked on


@dataclass(frozen=True)
class Examples:
    """Images as a network takes them: uint8, N x H x W x C; `rows` are their lines of split.csv."""

    pixels: np.ndarray
    rows: Sequence[SplitRow]


def samples(target: Target) -> np.ndarray:
    """Return CHECKED of the images that come with the dependencies: photographs and digits."""
    import numpy as np

    photographs = [f"sample:{name}" for name in FILES]
    digits = [f"sample:digits/{number}" for number in range(CHECKED - len(photographs))]
    return np.stack([prepare(read(name), target) for name in (*photographs, *digits)])


def of_run(
    run: RunDirectory,
    parts: Sequence[str],
    target: Target,
    *,
    most: int | None = None,
    moved: str | None = None,
) -> Examples:
    """Return images of the first of `parts` that a run has, `most` of them or all, in order.

    Those of a few are spread evenly over the part. Raises DataError where they are not there any
    more, or not those that the run had.
    """
    about = run.read_record()
    chosen = _spread(_rows(run, about, parts), most)
    place = moved or about["data"]["path"]
    table = about["data"]["labels"]
    found = classing.find(
        place,
        Labels(Path(table[0]), *table[1:]) if table is not None else None,
        classing.recorded(about["data"]["options"]),
    )
    items = {item.file: item for item in found.items}
    lacking = [row.file for row in chosen if row.file not in items]
    if lacking:
        raise DataError(f"{place}: holds no {lacking[0]}")
    return Examples(_read(place, [items[row.file] for row in chosen], chosen, target), chosen)


def _read(
    place: str, items: Sequence[Item], rows: Sequence[SplitRow], target: Target
) -> np.ndarray:
    """Return the pixels of images; DataError for one that is not as the run had it."""
    import numpy as np

    table, pixels = facts.empty(len(items)), []
    for number, (row, seen) in enumerate(zip(rows, scan(items, target), strict=True)):
        if seen.facts is None or seen.pixels is None:
            raise DataError(f"{place}: {row.file}: {seen.reason}")
        table[number] = seen.facts
        if table["digest"][number].tobytes().hex() != row.digest:
            raise DataError(f"{place}: {row.file} is not the image that the run had")
        pixels.append(seen.pixels)
    return np.stack(pixels)


def _rows(run: RunDirectory, about: Any, parts: Sequence[str]) -> list[SplitRow]:
    rows = record.read_split(run.split, about["classes"])
    for part in parts:
        if chosen := [row for row in rows if row.part == part]:
            return chosen
    raise DataError(f"{run.path}: has no {' or '.join(parts)} images")


def _spread(rows: Sequence[SplitRow], most: int | None) -> list[SplitRow]:
    if most is None or len(rows) <= most:
        return list(rows)
    return [rows[number * len(rows) // most] for number in range(most)]
