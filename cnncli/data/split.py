"""Which images train, which validate and which test.

Stratified: every part has its share of each class, within one image where groups allow it. The
split is decided by the files, their classes and a seed of its own, and by nothing else.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.data.index import Item
from cnncli.data.shares import PARTS, TEST, TRAIN, VALIDATION, assign, distribute, fold_quotas
from cnncli.data.units import groups, suggest, units
from cnncli.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

# As in the lesson: 15 % to test, and 15 % of the rest to validate.
DEFAULT_SHARES = (0.85 * 0.85, 0.85 * 0.15, 0.15)
VALIDATION_OF_REST = 0.15


@dataclass(frozen=True)
class Options:
    """How to split; `shares` are those of train, validation and test and sum to 1."""

    seed: int = 0
    shares: tuple[float, float, float] | None = None
    folds: int | None = None
    fold: int | None = None
    group_by: str | None = None
    source: Path | None = None


@dataclass(frozen=True)
class Split:
    """The part of each item ("train", "validation", "test"; "" for none), and what to say."""

    parts: tuple[str, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def rows(self, part: str) -> np.ndarray:
        """Return the rows of one part, in the order of the items, int64."""
        import numpy as np

        return np.array([row for row, name in enumerate(self.parts) if name == part], np.int64)


def parse_shares(text: str) -> tuple[float, float, float]:
    """Read "70/15/15" (train, validation and test, in percent)."""
    words = text.split("/")
    try:
        percents = [float(word) for word in words]
    except ValueError:
        percents = []
    if len(percents) != 3 or min(percents) < 0 or abs(sum(percents) - 100) > 1e-6:
        raise UsageError(
            f"--split {text}: three numbers that make 100 are wanted",
            hint="For example --split 70/15/15 for training, validation and test.",
        )
    if percents[0] <= 0:
        raise UsageError(f"--split {text}: nothing is left to train on")
    return percents[0] / 100, percents[1] / 100, percents[2] / 100


def split(
    items: Sequence[Item],
    options: Options = Options(),
    digests: Sequence[tuple[int, int]] | None = None,
) -> Split:
    """Return the part of each item.

    `digests` tell copies of one picture (`Dataset.facts["digest"]`): they stay on one side. So
    do the images of one group of `options.group_by`. Raises DataError when a class has fewer
    than two images, UsageError for options that cannot be met.
    """
    _check(options)
    if options.source is not None:
        return _taken_over(items, options.source)
    _require_two(items)
    labels = [item.label for item in items]
    keys, warnings = _keys(items, options, digests)
    if any(item.part for item in items):
        return _by_folders(items, options, keys, warnings)
    together = units(len(items), *keys)
    if options.folds is not None:
        parts = _folds(labels, together, options)
    else:
        parts = assign(labels, together, options.shares or DEFAULT_SHARES, options.seed)
    notes, more = _said(labels, parts)
    return Split(tuple(parts), tuple(notes), (*warnings, *more))


def _check(options: Options) -> None:
    if (options.folds is None) != (options.fold is None):
        raise UsageError("--folds K and --fold I belong together: fold I of K is the test part")
    if options.folds is not None and options.fold is not None:
        if options.folds < 2:
            raise UsageError(f"--folds {options.folds}: two or more are wanted")
        if not 1 <= options.fold <= options.folds:
            raise UsageError(f"--fold {options.fold}: it counts from 1 to {options.folds}")
        if options.shares is not None:
            raise UsageError("--split and --folds exclude each other")
    if options.source is not None and (options.shares or options.folds or options.group_by):
        raise UsageError("--split-from takes a split over as it is; no other option can change it")


def _require_two(items: Sequence[Item]) -> None:
    counts = Counter(item.label for item in items)
    few = [label for label in sorted(counts) if counts[label] < 2]
    if few:
        raise DataError(
            f"class {few[0]} has one image that can be read; two are the least: "
            "one to train on, one to test",
            hint="Add images to it, or move its folder away.",
        )


def _keys(
    items: Sequence[Item], options: Options, digests: Sequence[tuple[int, int]] | None
) -> tuple[list[list[object]], list[str]]:
    files = [item.file for item in items]
    keys: list[list[object]] = []
    warnings = []
    if options.group_by is not None:
        found = groups(files, options.group_by)
        keys.append(list(found))
        if alone := found.count(None):
            warnings.append(
                f"--group-by matches no part of {alone:,} file names; each stands alone"
            )
    elif not any(item.part for item in items) and (habit := suggest(files)) is not None:
        pattern, count = habit
        warnings.append(
            f"{len(items):,} images look like {count:,} groups (patients, plants, days?) by their "
            f"file names; --group-by '{pattern}' keeps a group on one side of the split"
        )
    if digests is not None:
        keys.append([tuple(digest) for digest in digests])
    return keys, warnings


def _by_folders(
    items: Sequence[Item],
    options: Options,
    keys: Sequence[Sequence[object]],
    warnings: Sequence[str],
) -> Split:
    """Take the parts that the folders say; one that is missing comes out of the training part."""
    if options.shares or options.folds:
        raise UsageError(
            "the folders of DATA say which images train and which test already",
            hint="Leave out --split and --folds, or point at a folder of class folders.",
        )
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
    leaks = _leaks(parts, keys)
    said, more = _said([item.label for item in items], parts)
    return Split(tuple(parts), (*notes, *said), (*warnings, *leaks, *more))


def _leaks(parts: Sequence[str], keys: Sequence[Sequence[object]]) -> list[str]:
    members = [unit for unit in units(len(parts), *keys) if len({parts[row] for row in unit}) > 1]
    if not members:
        return []
    count = sum(len(unit) for unit in members)
    return [
        f"{count:,} images are copies (or of one group) and stand in more than one of the "
        "folders train, validation and test: the figures on the test part will be too good"
    ]


def _folds(labels: Sequence[str], together: list[list[int]], options: Options) -> list[str]:
    folds, fold = options.folds or 2, options.fold or 1
    if len(together) < folds:
        raise UsageError(f"--folds {folds}: there are only {len(together)} groups of images")
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


def _said(labels: Sequence[str], parts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return notes and warnings on classes that are thin in a part."""
    counts = Counter(zip(labels, parts, strict=True))
    notes, warnings = [], []
    for label in sorted(set(labels)):
        total = sum(counts[label, part] for part in PARTS)
        if total == 2 and counts[label, TRAIN] == counts[label, TEST] == 1:
            notes.append(f"class {label} has two images: one to train, one to test")
        elif counts[label, TRAIN] == 0:
            warnings.append(f"class {label} has no image to train on")
        elif counts[label, TEST] == 0 and TEST in parts:
            warnings.append(f"class {label} has no image to test on")
    return notes, warnings


def _taken_over(items: Sequence[Item], source: Path) -> Split:
    path = source / "split.csv" if source.is_dir() else source
    known = read_csv(path)
    parts = tuple(known.pop(item.file, "") for item in items)
    warnings = []
    if known:
        first = next(iter(known))
        warnings.append(f"{len(known):,} files of {path} are not here (the first: {first})")
    if left := parts.count(""):
        warnings.append(f"{left:,} images do not stand in {path} and are left out")
    if TRAIN not in parts:
        raise DataError(f"{path}: none of its training images is here")
    return Split(parts, (), tuple(warnings))


def read_csv(path: Path) -> dict[str, str]:
    """Read file -> part from a table with the columns `file` and `split`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path}: no such file (a run's split.csv, or one like it)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from None
    rows = csv.DictReader(text.splitlines())
    if not {"file", "split"} <= set(rows.fieldnames or ()):
        raise DataError(f"{path}: wants the columns file and split")
    known = {}
    for number, row in enumerate(rows, start=2):
        if row["split"] not in PARTS:
            raise DataError(
                f"{path}:{number}: split is {row['split']!r}, and not one of {', '.join(PARTS)}"
            )
        known[row["file"]] = row["split"]
    return known
