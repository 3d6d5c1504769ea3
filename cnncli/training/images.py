"""The images of a run: which there are, of which class and part, and their pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.data import (
    classes,
    classing,
    corrections,
    dataset,
    index,
    ranges,
    split,
    split_options,
    store,
    units,
)
from cnncli.data.classing import PLAIN, Classing
from cnncli.data.corrections import Corrections
from cnncli.data.dataset import Dataset
from cnncli.data.index import Index
from cnncli.data.labels import Labels
from cnncli.data.store import Pixels
from cnncli.errors import DataError
from cnncli.images import samples
from cnncli.images.prepare import Colour, Range, Target
from cnncli.runs.record import SplitRow
from cnncli.training import doubts
from cnncli.training.doubts import NAMED
from cnncli.training.hooks import Hooks

if TYPE_CHECKING:
    import numpy as np

NEAR_SIDE = 64  # pixels of the shorter side from which almost equal pictures are told


@dataclass(frozen=True)
class Options:
    """How the images of a folder are taken and divided."""

    split: split_options.Options = field(default_factory=split_options.Options)
    positive: str | None = None
    value_range: Range | None = None
    background: Colour | None = None
    classing: Classing = PLAIN
    cache: bool = True
    corrections: Path | None = None


@dataclass(frozen=True)
class Images:
    """Row i of `rows` and of `labels` is row `places[i]` of `pixels`."""

    data: str
    classes: tuple[str, ...]
    positive: str | None
    rows: Sequence[SplitRow]
    pixels: Pixels
    places: np.ndarray
    unreadable: Sequence[tuple[str, str]] = field(default=())
    corrections: Corrections | None = None

    @cached_property
    def labels(self) -> np.ndarray:
        """The class of each row as its place in `classes`, int64."""
        import numpy as np

        place = {name: number for number, name in enumerate(self.classes)}
        return np.array([place[row.label] for row in self.rows], np.int64)

    @property
    def positive_index(self) -> int | None:
        """The place of the positive class in `classes`."""
        return self.classes.index(self.positive) if self.positive is not None else None

    def has(self, part: str) -> bool:
        """Whether any image belongs to a part."""
        return any(row.part == part for row in self.rows)

    def steps(self, batch_size: int) -> int:
        """Return how many batches there are in an epoch."""
        return math.ceil(sum(row.part == "train" for row in self.rows) / batch_size)

    def of_part(self, part: str | None) -> np.ndarray:
        """Return the numbers of the rows of one part, of all with None: int64."""
        import numpy as np

        return np.array(
            [i for i, row in enumerate(self.rows) if part is None or row.part == part], np.int64
        )


def check(found: Index, options: Options) -> Corrections | None:
    """Raise what is wrong with a folder as far as names tell it; return its corrections."""
    decided = corrections.read(options.corrections, found) if options.corrections else None
    index.require_classes(corrections.corrected(found, decided))
    split.check(found.items, options.split)
    return decided


def load(
    found: Index, decided: Corrections | None, target: Target, options: Options, hooks: Hooks
) -> Images:
    """Read the images of a folder that was checked and divide them; say what was left out.

    Raises DataError when there are none to train on.
    """
    read = _read(found, target, hooks, cache=options.cache, ask=True)
    decide = decided.label if decided is not None else _as_it_is
    right = [decide(item.file, item.label) for item in read.items]
    for doubt in doubts.of_labels(read, right):
        hooks.warn(doubt)
    divided = split.split(read.items, options.split, read.facts["digest"].tolist(), right)
    split.require_parts(divided)
    if decided is not None:
        hooks.note(f"Corrections of {decided}. No image that stays changes its part.")
        for doubt in doubts.of_corrections(decided, read.items, divided.uncorrected):
            hooks.warn(doubt)
    for warning in (*divided.faults, *divided.warnings):
        hooks.warn(warning)
    for note in divided.notes:
        hooks.note(note)
    # Of a split that was taken over, images may belong to no part.
    places = [place for place, part in enumerate(divided.parts) if part]
    digests, near = _digests(read), _near(read)
    found_groups = divided.grouping
    asked = found_groups is not None and not found_groups.suggested
    groups = found_groups.groups if found_groups and asked else (None,) * len(read.items)
    rows = [
        SplitRow(read.items[i].file, label, divided.parts[i], digests[i], groups[i], near[i])
        for i, label in enumerate(right)
        if divided.parts[i] and label is not None
    ]
    names = tuple(sorted({row.label for row in rows}))
    made = _images(read, rows, places, names, classes.positive(names, options.positive))
    return replace(made, corrections=decided)


def listed(about: Mapping[str, Any], data: str | None) -> Index:
    """List the images of a run again; DataError where there are none. Reads none of them.

    `data` says where the folder has moved to.
    """
    place = data or about["data"]["path"]
    table = about["data"]["labels"]
    if data is None and not samples.is_sample(place) and not Path(place).exists():
        raise DataError(
            f"{place}: no such folder, and the images of the run were there",
            hint="If they have moved, say where they are now: --data DATA",
        )
    found = classing.find(
        place,
        Labels(Path(table[0]), *table[1:]) if table is not None else None,
        classing.recorded(about["data"]["options"]),
    )
    return corrections.relabelled(found, corrections.recorded(about["data"].get("corrections")))


def reload(
    about: Mapping[str, Any],
    rows: Sequence[SplitRow],
    target: Target,
    found: Index,
    hooks: Hooks,
    *,
    cache: bool = True,
) -> Images:
    """Read the images of a run again; DataError when they are not those that it began with.

    `found` is what was `listed`. Files that came to the folder since are not used.
    """
    group_by = about["data"]["split"]["group_by"]
    if group_by is not None and not any(row.group for row in rows):
        rows = grouped(rows, group_by)  # a split.csv of before it had groups
    read = _read(found, target, hooks, cache=cache and about["data"]["options"]["cache"])
    numbers = read.rows([row.file for row in rows])
    digests = _digests(read)
    changed = [
        row.file
        for row, number in zip(rows, numbers.tolist(), strict=True)
        if digests[number] != row.digest or read.items[number].label != row.label
    ]
    if changed:
        raise DataError(
            f"{found.data}: {len(changed):,} of {len(rows):,} images are not those that the run "
            f"began with: {', '.join(changed[:NAMED])}{', ...' if len(changed) > NAMED else ''}",
            hint="Put them back to resume, or begin a new run with the images as they are.",
        )
    return Images(
        found.data,
        tuple(about["classes"]),
        about["positive"],
        rows,
        read.pixels,
        numbers,
        tuple((one.file, one.reason) for one in read.unreadable),
    )


def all_of(
    found: Index,
    target: Target,
    trained_classes: Sequence[str],
    hooks: Hooks,
    group_by: str | None = None,
) -> Images:
    """Read all images that were found, whose classes are among `trained_classes`.

    Groups are what `group_by` finds in their names, else those of the table of labels.
    """
    read = _read(found, target, hooks, cache=True)
    rows = [
        SplitRow(item.file, item.label, "test", digest, item.group, near)
        for item, digest, near in zip(read.items, _digests(read), _near(read), strict=True)
    ]
    rows = grouped(rows, group_by) if group_by is not None else rows
    return _images(read, rows, range(len(rows)), tuple(trained_classes), None)


def _as_it_is(file: str, label: str) -> str | None:
    return label


def grouped(rows: Sequence[SplitRow], group_by: str) -> list[SplitRow]:
    """Return rows with the groups that a pattern finds in their names."""
    found = units.groups([row.file for row in rows], group_by)
    return [replace(row, group=group) for row, group in zip(rows, found, strict=True)]


def _images(
    read: Dataset,
    rows: Sequence[SplitRow],
    places: Sequence[int],
    names: tuple[str, ...],
    positive: str | None,
) -> Images:
    import numpy as np

    data = read.index.data
    return Images(
        data if data.startswith("sample:") else str(Path(data).absolute()),
        names,
        positive,
        rows,
        read.pixels,
        np.array(places, np.int64),
        tuple((one.file, one.reason) for one in read.unreadable),
    )


def _read(found: Index, target: Target, hooks: Hooks, *, cache: bool, ask: bool = False) -> Dataset:
    """Read all images; with `ask`, those of an unknown range are not left out but asked for."""
    with hooks.progress("Reading images") as progress:
        read = dataset.load(found, target, cache=cache, progress=progress)
    if ask:
        ranges.ask(found.name, read.unreadable)
    if cache and not read.cached:
        hooks.note(f"{store.no_room()}: images are decoded again in each epoch, which is slower.")
    for left_out in found.left_out:
        hooks.warn(f"left out: {left_out.text}")
    for one in read.unreadable[:NAMED]:
        hooks.warn(f"left out: {one.file}: {one.reason}")
    if len(read.unreadable) > NAMED:
        hooks.warn(f"left out: {len(read.unreadable) - NAMED:,} more (cnncli data lists them)")
    for note in dataset.notes(read):
        hooks.note(note + ".")
    return read


def _digests(read: Dataset) -> list[str]:
    return [row.tobytes().hex() for row in read.facts["digest"]]


def _near(read: Dataset) -> list[str]:
    """Return the difference hash of each picture; "" where it is too small to have one.

    Of pictures of digits, smaller than that and black for the most part, many are alike.
    """
    import numpy as np

    sides = np.minimum(read.facts["height"], read.facts["width"])
    hashes = (row.tobytes().hex() for row in read.facts["near"])
    return [text if side >= NEAR_SIDE else "" for text, side in zip(hashes, sides, strict=True)]
