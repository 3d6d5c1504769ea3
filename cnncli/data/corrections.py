"""What a person decided of labels that may be wrong: images to keep, to drop, of another class."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnncli.data import tables
from cnncli.data.index import Index
from cnncli.errors import DataError
from cnncli.images.reader import shown_name
from cnncli.spec.problems import near
from cnncli.words import counted

KEEP, DROP, RELABEL = ACTIONS = ("keep", "drop", "relabel")
COLUMNS = ("file", "action", "label")
_MOST = 20  # faults of a file that are told
_UNLISTED = "Files are named as in predictions.csv and split.csv: by their path below DATA."


@dataclass(frozen=True)
class Corrections:
    """Decisions on images by their file; `digest` is that of the table `path` they come from.

    `kept` were looked at and are right, `undecided` are rows without an action.
    """

    path: str
    digest: str
    dropped: frozenset[str] = frozenset()
    relabelled: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    undecided: int = 0

    def label(self, file: str, label: str) -> str | None:
        """Return the class of an image that had the class `label`; None where it is dropped."""
        return None if file in self.dropped else self.relabelled.get(file, label)

    @property
    def decided(self) -> frozenset[str]:
        """The images that a person decided on."""
        return self.kept | self.dropped | self.relabelled.keys()

    def row(self, file: str) -> tuple[str, str, str]:
        """Return file, action and label of an image, as a table has them."""
        if file in self.dropped or file in self.kept:
            return file, DROP if file in self.dropped else KEEP, ""
        label = self.relabelled.get(file, "")
        return file, RELABEL if label else "", label

    def record(self) -> dict[str, Any]:
        """Return the same for JSON."""
        return {
            **vars(self),
            "kept": sorted(self.kept),
            "dropped": sorted(self.dropped),
            "relabelled": dict(sorted(self.relabelled.items())),
        }

    def __str__(self) -> str:
        said = f"{counted(len(self.relabelled), 'image')} relabelled, {len(self.dropped):,} dropped"
        said += f", {len(self.kept):,} kept" if self.kept else ""
        if self.undecided:
            said += f"; {counted(self.undecided, 'row')} without an action ignored"
        return f"{self.path}: {said}"


def recorded(said: Mapping[str, Any] | None) -> Corrections | None:
    """Return what `Corrections.record` wrote; None where there were none."""
    if not said:
        return None
    return Corrections(**{**said, **{name: frozenset(said[name]) for name in ("kept", "dropped")}})


def relabelled(found: Index, made: Corrections | None) -> Index:
    """Return images with their corrected classes; what was dropped is still listed."""
    if made is None:
        return found
    classes = made.relabelled
    items = (item._replace(label=classes.get(item.file, item.label)) for item in found.items)
    return replace(found, items=tuple(items))


def corrected(found: Index, made: Corrections | None) -> Index:
    """Return images with their corrected classes, without those that were dropped."""
    if made is None:
        return found
    items = relabelled(found, made).items
    return replace(found, items=tuple(item for item in items if item.file not in made.dropped))


@dataclass(frozen=True)
class _Row:
    line: int
    file: str
    action: str
    label: str


def read(path: Path, found: Index) -> Corrections:
    """Read a table with the columns `file`, `action` and `label`, and perhaps more.

    An action is keep, drop, or relabel with the right class as its label; a row without one is
    not decided. Raises DataError that names all that is wrong, with its line.
    """
    name = f"--corrections {path}"
    content = tables.content(path, name)
    rows = list(_rows(content, name))
    faults = list(_faults(rows, found))
    if faults:
        _refuse(path, faults)
    of = {action: [row for row in rows if row.action == action] for action in (*ACTIONS, "")}
    return Corrections(
        shown_name(path.absolute()),
        hashlib.sha256(content).hexdigest()[:32],
        frozenset(row.file for row in of[DROP]),
        {row.file: row.label for row in of[RELABEL]},
        frozenset(row.file for row in of[KEEP]),
        len(of[""]),
    )


def _rows(content: bytes, name: str) -> Iterator[_Row]:
    with tables.parsing(content, name) as (headings, rows):
        for column in COLUMNS:
            if headings.count(column) != 1:
                number = "two columns" if column in headings else "no column"
                raise DataError(
                    f"{name}: has {number} {column}",
                    hint=f"It wants {', '.join(COLUMNS)}, as "
                    "cnncli mistakes DIR --suspects -o FILE.csv writes them.",
                )
        places = [headings.index(column) for column in COLUMNS]
        for line, row in rows:
            file, action, label = (tables.field(row, place) for place in places)
            if file or action or label:  # spreadsheets leave empty rows behind
                yield _Row(line, file, action.lower(), label)


def _faults(rows: Sequence[_Row], found: Index) -> Iterator[tuple[int, str, str | None]]:
    """Yield line, fault and hint of each row that cannot be obeyed."""
    labels = {item.file: item.label for item in found.items}
    classes = sorted({*labels.values(), *found.empty_classes})
    first: dict[str, int] = {}
    for row in rows:
        before = first.setdefault(row.file, row.line)
        if not row.file:
            yield row.line, "names no file", None
        elif row.file not in labels:
            yield row.line, f"{found.name} has no image {row.file}", _UNLISTED
        elif before != row.line:
            yield row.line, f"{row.file} stands in line {before} already", "Leave one of them."
        else:
            yield from _faults_of(row, labels[row.file], classes)


def _faults_of(
    row: _Row, label: str, classes: Sequence[str]
) -> Iterator[tuple[int, str, str | None]]:
    if row.action not in (*ACTIONS, ""):
        hint = near(row.action, ACTIONS) or f"Actions are {', '.join(ACTIONS)}."
        yield row.line, f'there is no action "{row.action}"', hint
    elif row.action != RELABEL:
        if row.label:
            what = f"beside {row.action}" if row.action else "without an action"
            yield row.line, f"a label ({row.label}) {what}", "Only relabel has one."
    elif not row.label:
        yield row.line, "relabel, and no label", f"Classes are {_some(classes)}."
    elif row.label not in classes:
        hint = near(row.label, classes) or f"Classes are {_some(classes)}."
        yield row.line, f"there is no class {row.label}", hint
    elif row.label == label:
        yield row.line, f"{row.file} is of class {label} already", "To leave it so is keep."


def _some(classes: Sequence[str]) -> str:
    return ", ".join(classes[:_MOST]) + (", ..." if len(classes) > _MOST else "")


def _refuse(path: Path, faults: Sequence[tuple[int, str, str | None]]) -> None:
    """Raise DataError for a file with faults: for each its line, what is wrong, what to do."""
    if len(faults) == 1:
        line, fault, hint = faults[0]
        raise DataError(f"{path}:{line}: {fault}", hint=hint)
    lines = [
        f"{path}:{line}: {fault}" + (f" ({hint.rstrip('.')})" if hint else "")
        for line, fault, hint in faults[:_MOST]
    ]
    more = len(faults) - _MOST
    raise DataError(
        f"--corrections {path}: {counted(len(faults), 'row')} cannot be obeyed",
        hint="\n".join([*lines, *([f"and {more:,} more"] if more > 0 else [])]),
    )
