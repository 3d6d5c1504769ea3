"""One folder of images and a table that says of which class each is, as the NIH set comes."""

from __future__ import annotations

import csv
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnncli.data.index import Index, Item, Unreadable, existing_folder
from cnncli.data.walk import File, Found, walk
from cnncli.errors import DataError, UsageError
from cnncli.images.reader import shown_name

# The names that such columns usually have, in lower case.
IMAGE_COLUMNS = ("file", "filename", "file_name", "image", "image index", "image_id", "path", "id")
LABEL_COLUMNS = ("label", "class", "category", "finding labels", "target", "diagnosis")
# Between several labels of one image, as the NIH writes them.
SEVERAL = "|"


@dataclass(frozen=True)
class Labels:
    """A table of labels; a column that is None is found by its usual names."""

    path: Path
    image_column: str | None = None
    label_column: str | None = None


def find(data: str | Path, labels: Labels) -> Index:
    """List the images of the folder `data` that the table names, with the classes it gives.

    The table may name an image by its path below the folder, by its name, or by its name without
    the ending. Rows without an image, images without a row, and images of several labels are left
    out with a reason. Raises DataError when nothing is left.
    """
    root = existing_folder(data)
    found = walk(root)
    files = _Files(found.images)
    items: dict[str, Item] = {}
    problems = [Unreadable(shown_name(path), why) for path, why in found.problems]
    several = 0
    for line, name, label in _rows(labels):
        file = files.find(name)
        if file is None:
            problems.append(Unreadable(name, f"{labels.path.name}, line {line}: no such image"))
        elif SEVERAL in label:
            several += 1
        elif file.relative in items and items[file.relative].label != label:
            problems.append(Unreadable(name, f"{labels.path.name}, line {line}: a second label"))
        else:
            items[file.relative] = _item(root, file, label)
    return _index(data, labels, found, items, problems, several)


def _index(
    data: str | Path,
    labels: Labels,
    found: Found,
    items: dict[str, Item],
    problems: Sequence[Unreadable],
    several: int,
) -> Index:
    if not items:
        raise DataError(
            f"{labels.path} names none of the {len(found.images):,} images in {shown_name(data)}",
            hint=f"The first that it names: {problems[0].file}" if problems else None,
        )
    unnamed = len(found.images) - len(items) - several
    more = {
        "images that the table does not name": unnamed,
        "images with several labels": several,
    }
    return Index(
        str(data),
        tuple(sorted(items.values())),
        tuple(problems),
        found.hidden,
        found.others + Counter({what: count for what, count in more.items() if count > 0}),
    )


def _item(root: str, file: File, label: str) -> Item:
    source = os.path.join(root, file.relative)  # noqa: PTH118
    return Item(shown_name(file.relative), label, source, file.size, file.mtime_ns)


class _Files:
    """Images by path, then by name, then by name without its ending.

    A name that two images share finds neither.
    """

    def __init__(self, images: Sequence[File]) -> None:
        self._by: tuple[dict[str, File | None], ...] = ({}, {}, {})
        for file in images:
            shown = shown_name(file.relative)
            name = shown.rpartition("/")[2]
            keys = (shown, name, os.path.splitext(name)[0])  # noqa: PTH122
            for names, key in zip(self._by, keys, strict=True):
                names[key] = None if key in names else file

    def find(self, name: str) -> File | None:
        name = name.removeprefix("./")
        return next((file for names in self._by if (file := names.get(name))), None)


def _rows(labels: Labels) -> Iterator[tuple[int, str, str]]:
    """Yield line, image and label of each row that has a label."""
    try:
        with labels.path.open(encoding="utf-8-sig", newline="") as text:
            sample = text.read(8192)
            text.seek(0)
            table = csv.DictReader(text, delimiter=_delimiter(sample))
            columns = [name for name in table.fieldnames or () if name]
            image = _column(labels.path, columns, labels.image_column, IMAGE_COLUMNS, "image")
            label = _column(labels.path, columns, labels.label_column, LABEL_COLUMNS, "label")
            for row in table:
                name, value = (row[image] or "").strip(), (row[label] or "").strip()
                if name and value:
                    yield table.line_num, name, unicodedata.normalize("NFC", value)
    except FileNotFoundError:
        raise DataError(f"--labels {labels.path}: no such file") from None
    except UnicodeDecodeError:
        raise DataError(f"--labels {labels.path}: not a text in UTF-8") from None
    except csv.Error as error:
        raise DataError(f"--labels {labels.path}: {error}") from None
    except OSError as error:
        raise DataError(f"--labels {labels.path}: {error.strerror}") from None


def _delimiter(sample: str) -> str:
    first = sample.partition("\n")[0]
    return max(",;\t", key=first.count)


def _column(
    path: Path, columns: Sequence[str], asked: str | None, usual: Sequence[str], what: str
) -> str:
    if asked is not None:
        if asked not in columns:
            raise UsageError(
                f"--{what}-column {asked}: {path} has no such column",
                hint=f"Its columns: {', '.join(columns)}",
            )
        return asked
    found = [name for name in columns if name.strip().lower() in usual]
    if not found:
        raise UsageError(
            f"{path}: which column holds the {what}?",
            hint=f"Say --{what}-column NAME; its columns: {', '.join(columns)}",
        )
    return found[0]
