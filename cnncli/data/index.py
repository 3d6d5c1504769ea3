"""What images a folder holds, and of which class each is: found by names alone, none opened.

The order is that of the names, character by character, so that every machine sees the same one.
"""

from __future__ import annotations

import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from cnncli.data.walk import Found, walk
from cnncli.errors import DataError
from cnncli.images import samples
from cnncli.images.reader import shown_name

PARTS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
LAYOUT = "DATA is a folder with one folder of images for each class: DATA/cat/1.png, DATA/dog/2.png"


class Item(NamedTuple):
    """An image that a folder lists.

    `file` is its path below the folder as text (what is not UTF-8 escaped), `source` is what
    `images.reader.read` takes, `part` is "train", "validation" or "test" where it stands in a
    folder of that name.
    """

    file: str
    label: str
    source: str
    size: int = 0
    mtime_ns: int = 0
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be used, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Index:
    """The images of `data`, sorted by file; classes are those that have images, sorted.

    `others` counts files that are no images by their ending, `hidden` those whose name begins
    with a dot, `loose` names images that belong to no class.
    """

    data: str
    items: tuple[Item, ...]
    unreadable: tuple[Unreadable, ...] = ()
    hidden: int = 0
    others: Counter[str] = field(default_factory=Counter)
    loose: tuple[str, ...] = ()
    empty_classes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`data` as text that can be printed."""
        return shown_name(self.data)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({item.label for item in self.items}))

    @cached_property
    def has_parts(self) -> bool:
        return any(item.part for item in self.items)


def find(data: str | Path) -> Index:
    """List the images of `data`: a folder of class folders, or "sample:digits".

    A class may hold folders of its own. Raises DataError when there is no such folder or no
    image in it.
    """
    if isinstance(data, str) and samples.is_sample(data):
        return _digits(data)
    root = existing_folder(data)
    found = walk(root, skip=_is_run)
    index = _index(str(data), root, found)
    if not index.items:
        raise DataError(_nothing(index), hint=LAYOUT)
    return index


def existing_folder(data: str | Path) -> str:
    """Return the folder `data` as text; DataError when there is none."""
    shown = shown_name(data)
    try:
        mode = Path(data).stat().st_mode
    except FileNotFoundError:
        raise DataError(f"{shown}: no such folder", hint=LAYOUT) from None
    except OSError as error:
        raise DataError(f"{shown}: {(error.strerror or str(error)).lower()}") from None
    if not stat.S_ISDIR(mode):
        raise DataError(f"{shown} is not a folder", hint=LAYOUT)
    return str(data)


def require_classes(index: Index) -> None:
    """Raise DataError unless there are two classes to tell apart."""
    if len(index.classes) < 2:
        raise DataError(
            f"{index.name} has one class only ({', '.join(index.classes)}); "
            "a network learns to tell two or more apart",
            hint=LAYOUT,
        )


def _is_run(folder: str) -> bool:
    return Path(folder, "run.json").exists()


def _index(data: str, root: str, found: Found) -> Index:
    parts = _part_folders(found)
    depth = 2 if parts else 1
    items, loose = [], []
    for relative, size, mtime_ns in found.images:
        steps = relative.split("/", depth)
        plain = relative.isascii() and relative.isprintable()
        shown = relative if plain else shown_name(relative)
        part = parts.get(steps[0])
        if len(steps) <= depth or (parts and part is None):
            loose.append(shown)
        else:
            label = _label(steps[depth - 1])
            items.append(Item(shown, label, f"{root}/{relative}", size, mtime_ns, part))
    filled = {item.label for item in items}
    return Index(
        data,
        tuple(items),
        tuple(Unreadable(shown_name(path), why) for path, why in found.problems),
        found.hidden,
        found.others,
        tuple(loose),
        tuple(sorted(set(_class_folders(found, parts)) - filled)),
    )


@cache
def _label(folder: str) -> str:
    # One form of accents: macOS and Linux write them differently, and folders move between them.
    return unicodedata.normalize("NFC", shown_name(folder))


def _part_folders(found: Found) -> dict[str, str]:
    """Return folder -> part when the folders say which images train and which test."""
    parts = {name: PARTS[name.lower()] for name in found.folders_at(1) if name.lower() in PARTS}
    values = set(parts.values())
    if "train" not in values or len(values) < 2:
        return {}
    with_classes = {name.split("/")[0] for name in found.folders_at(2)}
    return parts if set(parts) & with_classes else {}


def _class_folders(found: Found, parts: dict[str, str]) -> Iterator[str]:
    for folder in found.folders_at(2 if parts else 1):
        if not parts or folder.split("/")[0] in parts:
            yield _label(folder.split("/")[-1])


def _nothing(index: Index) -> str:
    shown = index.name
    if index.loose:
        return f"{shown} holds {len(index.loose):,} images, but no folder for each class"
    if index.unreadable:
        first = index.unreadable[0]
        return f"{shown} holds no image that can be read ({first.file}: {first.reason})"
    return f"{shown} holds no images"


def _digits(data: str) -> Index:
    name = data.removeprefix(samples.PREFIX)
    if name != samples.DIGITS:
        raise DataError(
            f"there is no sample data set {data}", hint=f"There is {samples.PREFIX}{samples.DIGITS}"
        )
    _, labels = samples.digits()
    items = [
        Item(f"{label}/{number:04d}", str(label), f"{data}/{number}", 64)
        for number, label in enumerate(labels.tolist())
    ]
    return Index(data, tuple(sorted(items, key=lambda item: item.file)))
