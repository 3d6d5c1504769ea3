"""A folder of images of which one knows what makes their class, and the table that says where."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnncli import csv_text
from cnncli.data.scan import Progress
from cnncli.errors import DataError, UsageError
from cnncli.images import blobs
from cnncli.images.blobs import Box, Form
from cnncli.images.reader import file_bytes, shown_name
from cnncli.images.sample_sets import SETS

TRUTH, MARKS = "truth.csv", "marks.csv"
COLUMNS = ("file", *Box._fields)
Rows = list[tuple[str, Box]]


def refuse_taken(folder: Path) -> None:
    """Raise UsageError when there is something at `folder` that is not an empty folder."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(
            f"{shown_name(folder)}: exists and is not an empty folder",
            hint="Name a folder that is not there yet.",
        )


def write(folder: Path, form: Form, count: int, progress: Progress) -> list[str]:
    """Write images CLASS/NUMBER.png into a new or an empty folder, and tables of boxes beside them.

    `truth.csv` says where the cause is in each image that has one; `marks.csv`, of a form with a
    shortcut, where the mark is. Returns the names of the tables. All of it appears, or nothing.
    """
    with _whole(folder) as made:
        causes, marks = _draw_all(made, form, count, progress)
        tables = {TRUTH: causes} | ({MARKS: marks} if form.shortcut else {})
        for name, rows in tables.items():
            text = csv_text.lines([COLUMNS, *((path, *box) for path, box in rows)])
            (made / name).write_text(text, encoding="utf-8", newline="")
    return list(tables)


def _draw_all(folder: Path, form: Form, count: int, progress: Progress) -> tuple[Rows, Rows]:
    from cnncli.images import write

    causes: Rows = []
    marks: Rows = []
    for label in form.classes:
        (folder / label).mkdir()
    for number in range(count):
        name = f"{form.label(number)}/{number:05d}.png"
        drawn = blobs.draw(form, number)
        write.picture(folder / name, drawn.pixels, ".png")
        causes += [(name, drawn.cause)] if drawn.cause else []
        marks += [(name, drawn.mark)] if drawn.mark else []
        progress(number + 1, count)
    return causes, marks


@contextlib.contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """Give a folder to fill; once the block is done, what is in it stands in `folder`."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / ".half"
    moved = []
    try:
        made.mkdir()
        yield made
        for each in sorted(made.iterdir()):
            each.rename(folder / each.name)
            moved.append(folder / each.name)
        made.rmdir()
    except BaseException:
        for each in (made, *moved):
            _remove(each)
        if is_new:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Causes:
    """Where the cause lies in images, by the absolute path of the file or the name of a sample."""

    name: str
    boxes: Mapping[str, Box]

    def of(self, source: str) -> Box | None:
        """Return the box of an image, in the pixels of its file; None where none is known."""
        return self.boxes.get(source) or self.boxes.get(_place(Path(source)))


def causes(source: str) -> Causes:
    """Read a table `file,top,left,height,width`, or what is known of `sample:blobs`.

    Files are named from the folder of the table. Raises DataError that names the line for what
    is not such a table.
    """
    if source == SETS["blobs"].source:
        return Causes(source, _of_sample(source))
    shown = shown_name(source)
    lines = _lines(file_bytes(source, shown), shown)
    folder = Path(source).parent
    boxes = {}
    for number, row in lines:
        name, box = _row(row, f"{shown}:{number}")
        place = _place(folder / name)
        if place in boxes:
            raise DataError(f"{shown}:{number}: {name} stands there twice")
        boxes[place] = box
    if not boxes:
        raise DataError(f"{shown}: no image in it")
    return Causes(shown, boxes)


def _of_sample(source: str) -> dict[str, Box]:
    drawn = ((number, blobs.draw(Form(), number).cause) for number in range(blobs.COUNT))
    return {f"{source}/{number}": cause for number, cause in drawn if cause is not None}


def _place(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 (without following links, as a walk does)


def _lines(content: bytes, shown: str) -> Iterable[tuple[int, list[str]]]:
    """Return the rows behind the header, with the numbers of their lines."""
    try:
        text = content.decode("utf-8-sig")
        table = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(table.line_num, row) for row in table if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{shown}: not a CSV file ({error})") from None
    header = ",".join(COLUMNS)
    if not rows or tuple(rows[0][1]) != COLUMNS:
        raise DataError(f"{shown}:1: a table of causes begins with {header}")
    return rows[1:]


def _row(row: list[str], place: str) -> tuple[str, Box]:
    try:
        name, *numbers = row
        box = Box(*map(int, numbers))
        fits = bool(name) and min(box.top, box.left) >= 0 and min(box.height, box.width) > 0
    except (ValueError, TypeError):
        fits = False
    if not fits:
        raise DataError(
            f"{place}: {','.join(row)} is no file with a box",
            hint="A line is file,top,left,height,width: a name and four whole numbers of pixels.",
        )
    return name, box
