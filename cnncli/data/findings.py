"""What is wrong with a data set, or worth a look: one function for each thing to look for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from cnncli.data import copies, properties, ranges, shortcuts
from cnncli.data.finding import Finding
from cnncli.data.index import Index, Item, Unreadable, deeper, folders_in_classes
from cnncli.data.split import Split
from cnncli.images.prepare import Colour, Range
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

SMALL_SIDE = 16
# A class this many times larger than another, and a picture this many times smaller than usual.
IMBALANCE = 3
THUMBNAIL = 4
# Endings that say something else than the content.
_ENDINGS = {
    "PNG": {"png", "apng"},
    "JPEG": {"jpg", "jpeg", "jpe", "jfif"},
    "TIFF": {"tif", "tiff"},
    "BMP": {"bmp", "dib"},
    "GIF": {"gif"},
    "WebP": {"webp"},
}


class Examined(Protocol):
    """What is looked at: see `report.Report`."""

    @property
    def index(self) -> Index: ...
    @property
    def items(self) -> Sequence[Item]: ...
    @property
    def facts(self) -> np.ndarray: ...
    @property
    def unreadable(self) -> Sequence[Unreadable]: ...
    @property
    def split(self) -> Split | None: ...
    @property
    def value_range(self) -> Range | None: ...
    @property
    def background(self) -> Colour | None: ...
    @property
    def parts(self) -> Sequence[str]: ...
    def values(self, name: str) -> Sequence[str]: ...


def of(report: Examined, *, refused: str, near: Sequence[Sequence[int]] = ()) -> list[Finding]:
    """Return all findings, what is wrong first; `near` are the sets of almost equal pictures."""
    found = [finding for look in LOOKS for finding in look(report)]
    if refused:
        found.append(Finding("no-split", refused, True))
    found += _near(report, near)
    return sorted(found, key=lambda finding: not finding.wrong)


def _unreadable(report: Examined) -> Iterator[Finding]:
    if files := tuple((one.file,) for one in report.unreadable if one.values is None):
        yield Finding("unreadable", f"{counted(len(files), 'file')} cannot be read", True, files)


def _classes(report: Examined) -> Iterator[Finding]:
    counts = Counter(item.label for item in report.items)
    if len(counts) < 2:
        text = f"there is one class only ({', '.join(counts)}); two are the least"
        yield Finding("one-class", ". ".join(filter(None, (text, deeper(report.index)))), True)
        return
    for label in report.index.empty_classes:
        yield Finding("empty-class", f"the folder {label} holds no image", True)
    most, least = counts.most_common()[0], counts.most_common()[-1]
    if most[1] > IMBALANCE * least[1]:
        yield Finding(
            "imbalance",
            f"class {most[0]} has {most[1] / least[1]:.1f} times as many images as {least[0]} "
            "(train with --class-weight balanced)",
            False,
        )


def _names(report: Examined) -> Iterator[Finding]:
    inside = folders_in_classes(report.index)
    if inside and report.index.depth == 1:
        common = frozenset.intersection(*inside.values())
        if len(inside) > 1 and set(inside) == set(report.index.classes) and len(common) > 1:
            yield Finding(
                "nested-classes",
                f"each of the classes ({_some(inside)}) holds the same folders ({_some(common)}): "
                "if those are the classes, call the folders above them train, validation and test; "
                "--depth 2 makes a class of each pair",
                False,
            )
        elif any(len(names) > 1 for names in inside.values()):
            text = "; ".join(f"{label}: {_some(inside[label])}" for label in sorted(inside)[:2])
            yield Finding(
                "nested-folders",
                f"{counted(len(inside), 'class')} with folders inside ({text}), whose images "
                "are of the class above (--depth 2 makes classes of the folders)",
                False,
            )
    alike: dict[str, list[str]] = {}
    for label in report.index.classes:
        alike.setdefault(" ".join(re.split(r"[\s_-]+", label.casefold())).strip(), []).append(label)
    for labels in alike.values():
        if len(labels) > 1 and len(labels[0]) > 1:
            text = f"the classes {' and '.join(labels)} differ in little but capitals"
            yield Finding("like-names", text, False)


def _some(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:4]) + (", ..." if len(names) > 4 else "")


def _folder(report: Examined) -> Iterator[Finding]:
    index = report.index
    for each in index.left_out:
        yield replace(each, text=f"left out: {each.text}")
    if index.dicom:
        text = f"{counted(index.dicom, 'DICOM file')}: a kind that is not read yet"
        yield Finding("dicom", text, True)
    if index.other_files:
        yield Finding("other-files", f"files that are no images: {index.other_files}", False)
    if index.hidden:
        yield Finding("hidden", f"hidden files and folders, passed over: {index.hidden:,}", False)


def _copies(report: Examined) -> Iterator[Finding]:
    yield from _sets(report, copies.exact(report.facts), "copies", "the same picture", True)


def _near(report: Examined, sets: Sequence[Sequence[int]]) -> Iterator[Finding]:
    exact = {frozenset(unit) for unit in copies.exact(report.facts)} if sets else set()
    more = [unit for unit in sets if frozenset(unit) not in exact]
    yield from _sets(report, more, "near-copies", "almost the same picture", False)


def _sets(
    report: Examined, sets: Sequence[Sequence[int]], kind: str, what: str, exact: bool
) -> Iterator[Finding]:
    """Say what stands in several classes, in several parts, and in one class."""
    items, parts = report.items, report.parts
    across_classes = [rows for rows in sets if len({items[row].label for row in rows}) > 1]
    across_parts = [rows for rows in sets if len({parts[row] for row in rows} - {""}) > 1]
    within = [rows for rows in sets if rows not in across_classes and rows not in across_parts]
    for suffix, chosen, where in (
        ("-across-classes", across_classes, "in more than one class"),
        ("-across-parts", across_parts, "on more than one side of the split"),
        ("", within, "in the same class"),
    ):
        if chosen:
            files = tuple(tuple(items[row].file for row in rows) for rows in chosen)
            count = sum(map(len, files))
            text = f"{count:,} files hold {what} {where} ({counted(len(files), 'set')})"
            yield Finding(kind + suffix, text, exact or bool(suffix), files)


def _pictures(report: Examined) -> Iterator[Finding]:
    import numpy as np

    facts = report.facts
    sides = np.minimum(facts["height"], facts["width"])
    tiny = (sides < SMALL_SIDE) | (sides * THUMBNAIL < np.median(sides))
    if np.median(sides) < SMALL_SIDE:  # a set of small pictures, as digits are
        tiny = sides * THUMBNAIL < np.median(sides)
    yield from _rows(report, "constant", facts["spread"] == 0, "of one colour all over", True)
    yield from _rows(report, "small", tiny, "far smaller than the others, or tiny", False)
    yield from _rows(report, "turned", facts["orientation"] > 1, "turned upright by EXIF", False)
    yield from _rows(report, "several", facts["several"], "with more frames than the first", False)
    yield from _rows(
        report,
        "alpha",
        facts["alpha"],
        "with transparency, "
        + (
            "laid onto the background"
            if report.background
            else "which is dropped: a network sees the colours beneath it (or --background white)"
        ),
        False,
    )
    yield from _rows(
        report, "clipped", facts["clipped"] > 0, "with values outside of the range", False
    )


def _ranges(report: Examined) -> Iterator[Finding]:
    facts, wanted = report.facts, report.value_range
    if images := ranges.unknown(report.unreadable):
        files = tuple((one.file,) for one in images)
        low, high = ranges.union(images)
        text = f"{ranges.unknown_text(images)} (--range {low:.6g},{high:.6g})"
        yield Finding("unknown-range", text, True, files)
    if (faint := ranges.faint(facts)).any():
        yield Finding("faint", ranges.faint_text(facts[faint]), True, _files(report, faint))
    if wanted is not None and (others := ranges.others(facts, wanted)).any():
        text = ranges.others_text(facts, others, wanted)
        yield Finding("other-range", text, False, _files(report, others))


def _files(report: Examined, chosen: np.ndarray) -> tuple[tuple[str, ...], ...]:
    return tuple((report.items[row].file,) for row in chosen.nonzero()[0].tolist())


def _rows(
    report: Examined, kind: str, chosen: np.ndarray, what: str, wrong: bool
) -> Iterator[Finding]:
    if files := _files(report, chosen):
        yield Finding(kind, f"{counted(len(files), 'image')} {what}", wrong, files)


def _mixture(report: Examined) -> Iterator[Finding]:
    facts = report.facts
    grey, deep = int(facts["grey"].sum()), int((facts["depth"] > 8).sum())
    if 0 < grey < len(facts):
        yield Finding(
            "mixed-colour",
            f"grey and colour are mixed ({grey:,} grey, {len(facts) - grey:,} colour, by what they "
            "show): a network of one channel makes all of them grey, one of three keeps both",
            False,
        )
    if 0 < deep < len(facts):
        text = f"{counted(deep, 'image')} of more than 8 bits among others: all are brought to 8"
        yield Finding("mixed-depth", text, False)
    misnamed = []
    for item, format_ in zip(report.items, facts["format"].tolist(), strict=True):
        stem, dot, ending = item.file.rpartition(".")
        known = _ENDINGS.get(format_.decode())
        if known and stem and dot and "/" not in ending and ending.lower() not in known:
            misnamed.append((item.file,))
    if misnamed:
        text = f"{counted(len(misnamed), 'file')} of another kind than the ending says"
        yield Finding("misnamed", text, False, tuple(misnamed))


def _shortcuts(report: Examined) -> Iterator[Finding]:
    labels = [item.label for item in report.items]
    for told in shortcuts.find(labels, properties.families(report)):
        text = f"{told}: a network may learn that instead of what is in the pictures"
        if told.name == properties.NAMES:
            text = f"{told}: the classes seem to come from different places"
        yield Finding("shortcut", text, told.wrong)


def _division(report: Examined) -> Iterator[Finding]:
    if report.split is None:
        return
    for text in report.split.faults:
        yield Finding("split", text, True)
    for text in (*report.split.warnings, *report.split.notes):
        yield Finding("split", text, False)


LOOKS: tuple[Callable[[Examined], Iterator[Finding]], ...] = (
    _unreadable,
    _classes,
    _names,
    _folder,
    _copies,
    _pictures,
    _ranges,
    _mixture,
    _shortcuts,
    _division,
)
