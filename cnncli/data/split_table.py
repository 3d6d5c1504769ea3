"""A split as a table: which file is in which part, as the `split.csv` of a run has it."""

from __future__ import annotations

from pathlib import Path

from cnncli.data import tables
from cnncli.data.index import PARTS as SPELLINGS
from cnncli.data.shares import PARTS
from cnncli.errors import DataError


def path_of(source: Path) -> Path:
    """Return the table that `source` means: the one of a run, or a file."""
    return source / "split.csv" if source.is_dir() else source


def read(path: Path) -> dict[str, str]:
    """Read file -> part from a table with the columns `file` and `split`."""
    known: dict[str, str] = {}
    with tables.reading(path, str(path)) as (headings, rows):
        if not {"file", "split"} <= set(headings):
            raise DataError(f"{path}: wants the columns file and split (as a run's split.csv)")
        file, split = headings.index("file"), headings.index("split")
        for line, row in rows:
            name, word = tables.field(row, file), tables.field(row, split)
            part = SPELLINGS.get(word.lower())
            if part is None:
                raise DataError(
                    f"{path}:{line}: split is {word!r}, and not one of {', '.join(PARTS)}"
                )
            if known.setdefault(name, part) != part:
                raise DataError(f"{path}:{line}: {name} is in {known[name]} already")
    return known
