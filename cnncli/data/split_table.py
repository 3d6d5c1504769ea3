"""A split as a table: which file is in which part, as the `split.csv` of a run has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnncli.data import tables
from cnncli.data.index import PARTS as SPELLINGS
from cnncli.data.shares import PARTS
from cnncli.errors import DataError


def path_of(source: Path) -> Path:
    """Return the table that `source` means: the one of a run, or a file."""
    return source / "split.csv" if source.is_dir() else source


@dataclass(frozen=True)
class Row:
    """What a table says of one file: its part, and its group where there is a column of them."""

    part: str
    group: str | None = None


def read(path: Path) -> dict[str, Row]:
    """Read what is said of each file from a table with the columns `file`, `split` and `group`.

    The last one may be missing. Raises DataError for what is not such a table.
    """
    known: dict[str, Row] = {}
    with tables.reading(path, str(path)) as (headings, rows):
        if not {"file", "split"} <= set(headings):
            raise DataError(f"{path}: wants the columns file and split (as a run's split.csv)")
        file, split = headings.index("file"), headings.index("split")
        group = headings.index("group") if "group" in headings else None
        for line, row in rows:
            name, word = tables.field(row, file), tables.field(row, split)
            part = SPELLINGS.get(word.lower())
            if part is None:
                raise DataError(
                    f"{path}:{line}: split is {word!r}, and not one of {', '.join(PARTS)}"
                )
            of = tables.field(row, group) or None if group is not None else None
            said = Row(part, of)
            if known.setdefault(name, said) != said:
                before = known[name]
                where = (
                    before.part if before.part != part else f"the group {before.group or 'none'}"
                )
                raise DataError(f"{path}:{line}: {name} is in {where} already")
    return known
