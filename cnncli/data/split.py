"""Which images train, which validate and which test.

Stratified: every part has its share of each class, within one image where groups allow it. The
split is decided by the files, their classes and a seed of its own, and by nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.data import split_table
from cnncli.data.grouping import Grouping, grouping
from cnncli.data.index import Item
from cnncli.data.shares import PARTS, TEST, TRAIN, VALIDATION, assign, distribute, fold_quotas
from cnncli.data.split_doubts import leaks, thin
from cnncli.data.split_options import (
    DEFAULT,
    DEFAULT_SHARES,
    VALIDATION_OF_REST,
    Options,
    consistent,
)
from cnncli.data.units import groups, units
from cnncli.errors import DataError, UsageError
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Split:
    """The part of each item ("train", "validation", "test"; "" for none), and what to say.

    `faults` are those of the warnings that spoil the figures, `missing` the parts that should
    have images and have none. `uncorrected` are the parts with those of dropped images.
    """

    parts: tuple[str, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    grouping: Grouping | None = None
    missing: tuple[str, ...] = ()
    uncorrected: tuple[str, ...] = ()

    @property
    def suggested(self) -> str | None:
        """The pattern of groups that would mend a likely leak; None where none is to be mended."""
        found = self.grouping
        return found.pattern if found and found.suggested and found.divided(self.parts) else None

    def rows(self, part: str) -> np.ndarray:
        """Return the rows of one part, in the order of the items, int64."""
        import numpy as np

        return np.array([row for row, name in enumerate(self.parts) if name == part], np.int64)


class TooFewError(DataError):
    """A class has not images enough to be split."""


def check(items: Sequence[Item], options: Options) -> None:
    """Raise UsageError or DataError for options that do not fit `items`, whatever is in the files.

    To be called before they are read, which may take its time.
    """
    consistent(options)
    if options.group_by is not None:
        groups([item.file for item in items], options.group_by)
    if options.source is not None:
        _taken_over(items, options.source)
    elif (options.shares or options.folds) and any(item.part for item in items):
        raise UsageError(
            "the folders of DATA say which images train and which test already",
            hint="Leave out --split and --folds, or point at a folder of class folders.",
        )


def split(
    items: Sequence[Item],
    options: Options = DEFAULT,
    digests: Sequence[tuple[int, int]] | None = None,
    corrected: Sequence[str | None] | None = None,
) -> Split:
    """Return the part of each item.

    `digests` tell copies of one picture (`Dataset.facts["digest"]`): they stay on one side. So
    do the images of one group of `options.group_by`. `corrected` are the right classes, None of
    an image that is left out: they decide what there is to say, and not which part an image is
    in, so that it stays in its part. Raises TooFewError when a class has fewer than two images,
    and what `check` raises.
    """
    check(items, options)
    right = [item.label for item in items] if corrected is None else corrected
    if options.source is None:
        _require_two(right)
    found = grouping(items, options.group_by, _groups_of(options.source))
    asked = [found.groups] if found is not None and not found.suggested else []
    keys = [*asked, *_copies(digests)]
    made = _divided(items, options, keys)
    kept = ("" if of is None else part for part, of in zip(made.parts, right, strict=True))
    made = replace(made, parts=tuple(kept), uncorrected=made.parts)
    judged = _judged(made, right, keys, _wanted(items, options))
    if found is None:
        return judged
    given = made.parts if options.source else [item.part or "" for item in items]
    return _with_groups(judged, found, found.divided(given) > 0)


def _groups_of(source: Path | None) -> dict[str, str | None] | None:
    """Return file -> group of the table that a split is taken from."""
    if source is None:
        return None
    return {file: row.group for file, row in split_table.read(split_table.path_of(source)).items()}


def _divided(items: Sequence[Item], options: Options, keys: Sequence[Sequence[object]]) -> Split:
    if options.source is not None:
        return _taken_over(items, options.source)
    if any(item.part for item in items):
        return _by_folders(items, options, keys)
    labels = [item.label for item in items]
    together = units(len(items), *keys)
    if options.folds is not None:
        return Split(tuple(_folds(labels, together, options)))
    return Split(tuple(assign(labels, together, options.shares or DEFAULT_SHARES, options.seed)))


def _wanted(items: Sequence[Item], options: Options) -> Sequence[str]:
    if options.source is not None or any(item.part for item in items):
        return (TRAIN,)
    shares = options.shares or DEFAULT_SHARES
    return [part for part, share in zip(PARTS, shares, strict=True) if share > 0]


def require_parts(made: Split) -> None:
    """Raise DataError where groups that were asked for leave no image to test or validate with."""
    if made.grouping is None or made.grouping.suggested or not made.missing:
        return
    count, missing = made.grouping.count, " and none to ".join(_VERBS[p] for p in made.missing)
    raise DataError(
        f"{made.grouping.by} makes {counted(count, 'group')} of "
        f"{counted(len(made.parts), 'image')}: none is left to {missing}",
        hint="Say what makes more groups (`cnncli data` counts them), or want no such "
        "part: --split 85/15/0, --split 100/0/0.",
    )


_VERBS = {TRAIN: "train on", VALIDATION: "validate with", TEST: "test on"}


def _require_two(labels: Sequence[str | None]) -> None:
    counts = Counter(label for label in labels if label is not None)
    few = [label for label in sorted(counts) if counts[label] < 2]
    if few:
        raise TooFewError(
            f"class {few[0]} has one image that can be read; two are the least: "
            "one to train on, one to test",
            hint="Add images to it, or move its folder away.",
        )


def _with_groups(made: Split, found: Grouping, by_folders: bool) -> Split:
    """Add the groups, and what there is to say of them."""
    made = replace(made, grouping=found)
    if not found.suggested:
        alone = found.groups.count(None)
        what = "names no group for" if found.pattern is None else "matches no part of the name of"
        text = f"{found.by} {what} {counted(alone, 'image')}; each stands alone"
        return replace(made, warnings=(*made.warnings, text)) if alone else made
    text = (
        f"{len(found.groups):,} images look like {found.count:,} groups (patients, plants, days?) "
        "by their file names"
    )
    if alone := found.groups.count(None):
        text += f" ({counted(alone, 'name')} fit none)"
    option = f"--group-by '{found.pattern}'"
    if not (divided := found.divided(made.parts)):
        return replace(made, notes=(*made.notes, f"{text}, none of them in more than one part"))
    text += (
        f", and {divided:,} of them stand in more than one part: the figures on the test part may "
        f"be too good; {option} "
    )
    text += (
        "tells how many images that are"
        if by_folders
        else "keeps each in one part (if they are no groups: --group-by '.+')"
    )
    return replace(made, faults=(*made.faults, text))


def _copies(digests: Sequence[tuple[int, int]] | None) -> list[list[object]]:
    return [] if digests is None else [[tuple(digest) for digest in digests]]


def _by_folders(
    items: Sequence[Item],
    options: Options,
    keys: Sequence[Sequence[object]],
) -> Split:
    """Take the parts that the folders say; one that is missing comes out of the training part."""
    parts = [item.part or "" for item in items]
    notes = []
    missing = [part for part in (TEST, VALIDATION) if part not in parts]
    for part in missing:
        rows = [row for row, name in enumerate(parts) if name == TRAIN]
        labels = [items[row].label for row in rows]
        together = units(len(rows), *[[key[row] for row in rows] for key in keys])
        shares = (0.85, 0.0, 0.15) if part == TEST else (0.85, 0.15, 0.0)
        for row, chosen in zip(rows, assign(labels, together, shares, options.seed), strict=True):
            parts[row] = chosen
        notes.append(f"there is no {part} folder; 15 % of the training images take its place")
    return Split(tuple(parts), tuple(notes))


def _judged(
    made: Split,
    labels: Sequence[str | None],
    keys: Sequence[Sequence[object]],
    wanted: Sequence[str],
) -> Split:
    """Add what there is to say of a split, in which the parts `wanted` should have images."""
    notes, faults = thin(labels, made.parts)
    missing = tuple(
        part for part in (TEST, VALIDATION) if part in wanted and part not in made.parts
    )
    empty = [
        f"no image is left to {_VERBS[part]}: images or groups of them are too few"
        for part in missing
    ]
    return replace(
        made,
        notes=(*made.notes, *notes),
        faults=(*leaks(made.parts, keys), *faults, *empty),
        missing=missing,
    )


def _folds(labels: Sequence[str], together: list[list[int]], options: Options) -> list[str]:
    folds, fold = options.folds or 2, options.fold or 1
    if len(together) < folds:
        raise UsageError(
            f"--folds {folds}: there are only {counted(len(together), 'image')} or groups of them"
        )
    numbers = distribute(labels, together, fold_quotas(labels, folds), options.seed)
    parts = [TEST if number == fold - 1 else TRAIN for number in numbers]
    rows = [row for row, part in enumerate(parts) if part == TRAIN]
    place = {row: number for number, row in enumerate(rows)}
    rest = [[place[row] for row in unit] for unit in together if parts[unit[0]] == TRAIN]
    shares = (1 - VALIDATION_OF_REST, VALIDATION_OF_REST, 0.0)
    chosen = assign([labels[row] for row in rows], rest, shares, options.seed)
    for row, part in zip(rows, chosen, strict=True):
        parts[row] = part
    return parts


def _taken_over(items: Sequence[Item], source: Path) -> Split:
    path = split_table.path_of(source)
    known = split_table.read(path)
    rows = [known.pop(item.file, None) for item in items]
    parts = tuple(row.part if row is not None else "" for row in rows)
    warnings = []
    if known:
        first = next(iter(known))
        warnings.append(f"not here: {counted(len(known), 'file')} of {path} (the first: {first})")
    if left := parts.count(""):
        warnings.append(f"left out: {counted(left, 'image')} that {path} does not name")
    if TRAIN not in parts:
        raise DataError(f"{path}: none of its training images is here")
    return Split(parts, (), tuple(warnings))
