"""What images a folder holds, and of which class each is: found by names alone, none opened.

The order is that of the names, character by character, so that every machine sees the same one.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from cnncli.data.finding import Finding
from cnncli.data.walk import Found, walk
from cnncli.errors import DataError
from cnncli.images import samples
from cnncli.images.reader import shown_name
from cnncli.images.sample_sets import SETS
from cnncli.words import counted

PARTS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}
_DICOM = ("DICOM", ".dcm")  # by content, by ending
_SET = re.compile(r"[ _-]?set$")  # "training_set"
LAYOUT = "DATA is a folder with one folder of images for each class: DATA/cat/1.png, DATA/dog/2.png"


class Item(NamedTuple):
    """An image that a folder lists.

    `file` is its path below the folder as text (what is not UTF-8 escaped), `source` is what
    `images.reader.read` takes, `part` is "train", "validation" or "test" where it stands in a
    folder of that name; `group` is what a table says that it belongs to.
    """

    file: str
    label: str
    source: str
    size: int = 0
    mtime_ns: int = 0
    part: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be used, and why.

    `values` are the ends of its values where nothing is wrong with it, but nothing says either
    which value is black and which white.
    """

    file: str
    reason: str
    values: tuple[float, float] | None = None


@dataclass(frozen=True)
class Index:
    """The images of `data`, sorted by file; classes are those that have images, sorted.

    `others` counts files that are no images by their ending, `hidden` those that are hidden or
    that a system keeps for itself, `left_out` says which images (and rows of a table of labels)
    are not used, though nothing is wrong with the files. `depth` folders name a class; `unmerged`
    are classes that were to become another one, and that there are not.
    """

    data: str
    items: tuple[Item, ...]
    unreadable: tuple[Unreadable, ...] = ()
    hidden: int = 0
    others: Counter[str] = field(default_factory=Counter)
    left_out: tuple[Finding, ...] = ()
    empty_classes: tuple[str, ...] = ()
    depth: int = 1
    unmerged: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`data` as text that can be printed."""
        return shown_name(self.data)

    @property
    def dicom(self) -> int:
        """How many DICOM files there are."""
        return sum(self.others[kind] for kind in _DICOM)

    @property
    def other_files(self) -> str:
        """How many other files there are that are no images, by their endings."""
        kinds = sorted(set(self.others) - set(_DICOM))
        return ", ".join(f"{self.others[kind]:,} {kind}" for kind in kinds)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({item.label for item in self.items}))

    @cached_property
    def has_parts(self) -> bool:
        return any(item.part for item in self.items)


def find(data: str | Path, depth: int = 1) -> Index:
    """List the images of `data`: a folder of class folders, or "sample:digits" and its kin.

    `depth` folders below each other name a class, "a/b" of 2; it may hold more of them. Raises
    DataError when there is no such folder or no image in it.
    """
    if isinstance(data, str) and samples.is_sample(data):
        return _samples(data)
    root = existing_folder(data)
    found = walk(root, skip=_is_run)
    index = _index(str(data), root, found, depth)
    if not index.items:
        raise DataError(_nothing(index), hint=LAYOUT)
    return index


def existing_folder(data: str | Path) -> str:
    """Return the folder `data` as text; DataError when there is none."""
    shown = shown_name(data) or "(no name)"
    try:
        mode = os.stat(data).st_mode  # noqa: PTH116 (Path("") is the folder one stands in)
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
            hint=deeper(index) or LAYOUT,
        )


def folders_in_classes(index: Index) -> dict[str, frozenset[str]]:
    """Return the folders in each class that holds nothing but folders."""
    inside: dict[str, set[str]] = {}
    flat = set()
    for item in index.items:
        steps = item.file.split("/")[1 if item.part else 0 :]
        deep = len(steps) > index.depth + 1
        if deep and _label("/".join(steps[: index.depth])) == item.label:  # not by a table
            inside.setdefault(item.label, set()).add(steps[index.depth])
        else:
            flat.add(item.label)
    return {label: frozenset(names) for label, names in inside.items() if label not in flat}


def deeper(index: Index) -> str | None:
    """Say of an only class that its folders may be the classes, as in many an archive."""
    for label, names in folders_in_classes(index).items():
        if len(names) > 1 and not index.has_parts:
            shown = ", ".join(sorted(names)[:4]) + (", ..." if len(names) > 4 else "")
            return (
                f"It holds folders ({shown}): did you mean {index.name.rstrip('/')}/{label}? "
                f"Or --depth {index.depth + 1}"
            )
    return None


def _is_run(folder: str) -> bool:
    return Path(folder, "run.json").exists()


def _index(data: str, root: str, found: Found, depth: int) -> Index:
    parts = _part_folders(found)
    above = 1 if parts else 0
    items, loose = [], []
    for relative, size, mtime_ns in found.images:
        steps = relative.split("/", above + depth)
        plain = relative.isascii() and relative.isprintable() and "\\" not in relative
        shown = relative if plain else shown_name(relative)
        part = parts.get(steps[0])
        if len(steps) <= above + depth or (parts and part is None):
            loose.append(shown)
        else:
            label = _label("/".join(steps[above : above + depth]))
            items.append(Item(shown, label, f"{root}/{relative}", size, mtime_ns, part))
    filled = {item.label for item in items}
    return Index(
        data,
        tuple(items),
        tuple(Unreadable(shown_name(path), why) for path, why in found.problems),
        found.hidden,
        found.others,
        tuple(_loose(loose, depth)),
        tuple(sorted(set(_class_folders(found, parts, depth)) - filled)),
        depth,
    )


def _loose(files: list[str], depth: int) -> Iterator[Finding]:
    if files:
        text = f"{counted(len(files), 'image')} in no class folder"
        text += f" (--depth {depth}: {depth} folders below each other)" if depth > 1 else ""
        yield Finding("no-class", text, True, tuple((file,) for file in files))


@cache
def _label(folder: str) -> str:
    # One form of accents: macOS and Linux write them differently, and folders move between them.
    return unicodedata.normalize("NFC", shown_name(folder))


def part_folders(names: Iterable[str]) -> dict[str, str]:
    """Return folder -> part when folders of these names say which images train and which test."""
    plain = {name: _SET.sub("", name.lower()) for name in names}
    parts = {name: PARTS[word] for name, word in plain.items() if word in PARTS}
    values = set(parts.values())
    return parts if "train" in values and len(values) > 1 else {}


def _part_folders(found: Found) -> dict[str, str]:
    parts = part_folders(found.folders_at(1))
    with_classes = {name.split("/")[0] for name in found.folders_at(2)}
    return parts if set(parts) & with_classes else {}


def _class_folders(found: Found, parts: dict[str, str], depth: int) -> Iterator[str]:
    for folder in found.folders_at(depth + 1 if parts else depth):
        part, _, below = folder.partition("/")
        if not parts or part in parts:
            yield _label(below if parts else folder)


def _nothing(index: Index) -> str:
    shown = index.name
    if index.left_out:
        images = counted(len(index.left_out[0].files), "image")
        if index.depth > 1:
            folders = f"{index.depth} folders below each other"
            return f"{shown} holds {images}, none of them in {folders} (--depth {index.depth})"
        return f"{shown} holds {images}, but no folder for each class"
    if index.unreadable:
        first = index.unreadable[0]
        return f"{shown} holds no image that can be read ({first.file}: {first.reason})"
    dicom = f"{counted(index.dicom, 'DICOM file')}, a kind that is not read yet"
    others = ", ".join(filter(None, (dicom if index.dicom else "", index.other_files)))
    return f"{shown} holds no images" + (f", but {others}" if others else "")


def _samples(data: str) -> Index:
    found = SETS.get(data.removeprefix(samples.PREFIX))
    if found is None:
        known = " and ".join(each.source for each in SETS.values())
        raise DataError(f"there is no sample data set {data}", hint=f"There are {known}")
    items = [
        Item(f"{label}/{number:04d}", label, f"{data}/{number}", found.side**2)
        for number, label in enumerate(found.labels())
    ]
    return Index(data, tuple(sorted(items, key=lambda item: item.file)))
