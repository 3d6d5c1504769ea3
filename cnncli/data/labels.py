"""One folder of images and a table that says of which class each is, as the NIH set comes."""

from __future__ import annotations

import os
import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnncli.data import tables
from cnncli.data.finding import Finding
from cnncli.data.index import Index, Item, Unreadable, existing_folder, part_folders
from cnncli.data.walk import ENDINGS, File, Found, walk
from cnncli.errors import DataError, UsageError
from cnncli.images.reader import shown_name
from cnncli.words import counted

# The names that such columns usually have, in lower case.
IMAGE_COLUMNS = ("file", "filename", "file_name", "image", "image index", "image_id", "path", "id")
LABEL_COLUMNS = ("label", "class", "category", "finding labels", "target", "diagnosis")
# Between several labels of one image, as the NIH writes them.
SEVERAL = "|"
_BITS = {"0", "1", "0.0", "1.0", ""}
_NOT_YET = "several at once are not trained yet"


@dataclass(frozen=True)
class Labels:
    """A table of labels; a column that is None is found by its usual names.

    `grouped_by` is the option that names the column of groups: --group-column, --by-column.
    """

    path: Path
    image_column: str | None = None
    label_column: str | None = None
    group_column: str | None = None
    grouped_by: str = "group"

    def record(self) -> list[str | None]:
        """Return the table as run.json names it."""
        columns = (self.image_column, self.label_column, self.group_column)
        return [str(self.path.absolute()), *columns]


@dataclass(frozen=True)
class _Row:
    """A line of the table that has an image and a label."""

    line: int
    name: str
    labels: frozenset[str]
    group: str | None


def find(data: str | Path, labels: Labels, merged: Mapping[str, str] | None = None) -> Index:
    """List the images of the folder `data` that the table names, with the classes it gives.

    The table may name an image by its path, whole, from DATA on, or from any folder below it,
    with or without the ending. Rows without an image, images without a row, and images of
    several labels are left out, and that is told. `merged` says which labels become another one
    before that is counted. Raises DataError when nothing is left.
    """
    root = existing_folder(data)
    found = walk(root)
    files = _Files(root, found.images)
    given: dict[File, set[str]] = {}
    groups: dict[File, str | None] = {}
    missing, merged = [], merged or {}
    met: set[str] = set()
    for row in _rows(labels, files):
        met |= row.labels
        file = files.find(row.name)
        if file is None:
            missing.append(f"{shown_name(row.name)} (line {row.line})")
        else:
            given.setdefault(file, set()).update(merged.get(name, name) for name in row.labels)
            if groups.setdefault(file, row.group) != row.group:
                raise DataError(
                    f"--labels {labels.path}:{row.line}: {row.name} is in two groups of "
                    f"{labels.group_column}: {groups[file] or 'none'}, {row.group or 'none'}"
                )
    several = [file for file, names in given.items() if len(names) > 1]
    unnamed = [file for file in found.images if file not in given]
    parts = part_folders({file.relative.partition("/")[0] for file in given})
    items = [
        _item(root, file, next(iter(names)), parts, groups[file])
        for file, names in given.items()
        if len(names) == 1
    ]
    table = labels.path.name
    left_out = (
        *_left_out("no-such-image", missing, "row", f"of {table} without an image here", True),
        *_left_out(
            "several-labels", _names(several), "image", f"of several labels in {table} ({_NOT_YET})"
        ),
        *_left_out("no-label", _names(unnamed), "image", f"without a label in {table}"),
    )
    if not items:
        _refuse(data, labels, found, left_out)
    return Index(
        str(data),
        tuple(sorted(items)),
        tuple(Unreadable(shown_name(path), why) for path, why in found.problems),
        found.hidden,
        found.others,
        left_out,
        unmerged=tuple(sorted(set(merged) - met)),
    )


def _item(root: str, file: File, label: str, parts: dict[str, str], group: str | None) -> Item:
    source = os.path.join(root, file.relative)  # noqa: PTH118
    part = parts.get(file.relative.partition("/")[0])
    return Item(shown_name(file.relative), label, source, file.size, file.mtime_ns, part, group)


def _names(files: Sequence[File]) -> list[str]:
    return sorted(shown_name(file.relative) for file in files)


def _left_out(
    kind: str, names: Sequence[str], noun: str, what: str, wrong: bool = False
) -> Iterator[Finding]:
    if names:
        files = tuple((name,) for name in names)
        yield Finding(kind, f"{counted(len(names), noun)} {what}", wrong, files)


def _refuse(data: str | Path, labels: Labels, found: Found, left_out: Sequence[Finding]) -> None:
    images = counted(len(found.images), "image")
    raise DataError(
        f"{labels.path} gives one label to none of the {images} in {shown_name(data)}",
        hint="\n".join(f"{one.text}, the first: {one.files[0][0]}" for one in left_out) or None,
    )


class _Files:
    """Images by the names that a table may have for them; one that two images share finds none."""

    def __init__(self, root: str, images: Sequence[File]) -> None:
        whole = Path(root).absolute()
        self._above = (_one_form(shown_name(whole)), _one_form(shown_name(whole.name)))
        # By the whole path, with and without the ending; then by what ends it.
        self._by: tuple[dict[str, File | None], ...] = ({}, {}, {}, {})
        for file in images:
            path = _one_form(shown_name(file.relative))
            self._add(path, file, self._by[:2])
            below = path
            while below:
                self._add(below, file, self._by[2:])
                below = below.partition("/")[2]

    def _add(self, name: str, file: File, to: Sequence[dict[str, File | None]]) -> None:
        for names, key in zip(to, (name, os.path.splitext(name)[0]), strict=True):  # noqa: PTH122
            names[key] = None if key in names else file

    def find(self, name: str) -> File | None:
        for below in self._spellings(name):
            for names in self._by:
                if file := names.get(below):
                    return file
        return None

    def _spellings(self, name: str) -> Iterator[str]:
        for spelled in (name, name.replace("\\", "/")):
            path = _one_form(spelled).removeprefix("./")
            yield path
            yield from (path.removeprefix(f"{above}/") for above in self._above)


def _one_form(text: str) -> str:
    # macOS and Linux write accents differently, and tables move between them.
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _rows(labels: Labels, files: _Files) -> Iterator[_Row]:
    with tables.reading(labels.path, f"--labels {labels.path}") as (headings, rows):
        try:
            image, label = _columns(labels, headings, files)
        except UsageError:
            if labels.label_column is None:
                _refuse_one_hot(labels.path, headings, [row for _, row in rows])
            raise
        group = None
        if labels.group_column is not None:
            group = _column(labels.path, headings, labels.group_column, (), labels.grouped_by)
        for line, row in rows:
            name, value = tables.field(row, image), _one_form(tables.field(row, label))
            given = frozenset(filter(None, map(str.strip, value.split(SEVERAL))))
            if name and given:
                of = tables.field(row, group) or None if group is not None else None
                yield _Row(line, name, frozenset(map(shown_name, given)), of)


def _refuse_one_hot(path: Path, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Raise UsageError for a table with a column of 0 and 1 for each class."""
    columns = {
        heading: {tables.field(row, place) for row in rows}
        for place, heading in enumerate(headings)
    }
    classes = [
        heading for heading, values in columns.items() if len(values - {""}) > 1 and values <= _BITS
    ]
    if len(classes) > 1:
        shown = ", ".join(classes[:4]) + (", ..." if len(classes) > 4 else "")
        raise UsageError(
            f"{path}: a column of 0 and 1 for each class ({shown}), so that an image may be of "
            "several classes at once: that is not trained yet",
            hint=f"Train one of them against the rest, as --label-column {shlex.quote(classes[0])}"
            ", or make one column of them.",
        )


def _columns(labels: Labels, headings: Sequence[str], files: _Files) -> tuple[int, int]:
    try:
        return (
            _column(labels.path, headings, labels.image_column, IMAGE_COLUMNS, "image"),
            _column(labels.path, headings, labels.label_column, LABEL_COLUMNS, "label"),
        )
    except UsageError as error:
        if any(files.find(name) or name.lower().endswith(tuple(ENDINGS)) for name in headings):
            hint = (
                f"Its first line ({', '.join(headings)}) names an image: it seems to have no line "
                "of headings. Put one above it, as file,label"
            )
            raise UsageError(error.message, hint=hint) from None
        raise


def _column(
    path: Path, headings: Sequence[str], asked: str | None, usual: Sequence[str], what: str
) -> int:
    """Return the place of a column: the one asked for, or the first of a usual name."""
    columns = ", ".join(filter(None, headings))
    if asked is not None:
        if headings.count(asked) != 1:
            number = "two such columns" if asked in headings else "no such column"
            raise UsageError(
                f"--{what}-column {asked}: {path} has {number}", hint=f"Its columns: {columns}"
            )
        return headings.index(asked)
    found = [place for place, name in enumerate(headings) if name.lower() in usual]
    if not found:
        raise UsageError(
            f"{path}: which column holds the {what}?",
            hint=f"Say --{what}-column NAME; its columns: {columns}",
        )
    return found[0]
