"""Groups of images (patients, plants, days): those that were asked for, or that names suggest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnncli.data.index import Item
from cnncli.data.units import group_of, groups

# Patterns that file names often follow, the coarsest groups first: what is one patient's stays
# together even where the patient has several visits.
_HABITS = (
    r"^[^/]+/([^/]+)/",  # a folder for each, below the class
    r"^[^/]+/[^/]+/([^/]+)/",  # the same in folders of parts
    r"^(\d+)[_-]",
    r"^([A-Za-z]*\d+)[_-]",
    r"^(\D*\d+)[ _.()#-].*\.",  # "Patient 00 - image #1.png", "sub-01_ses-01_run-2.png"
    r"^(\D*\d+\D+\d+)[ _.()#-].*\.",  # "study1_patient03_2.png"
    r"^(.*\d)[ _.()#-]+\D*\d+\.",
)
ENOUGH = 20_000  # files whose names are looked at
NEARLY_ALL = 0.98  # of the names must fit a habit
# Figures of papers as a publisher names them: what stands in front is no patient.
_NO_GROUP = "1-s2.0-"
# The moment that a camera or a telephone puts into a name, or a date that ends it: no group.
_MOMENT = re.compile(
    r"(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d"
    r"(?:(?:[-_ T.]| at )*[0-2]\d[-_.:h]?[0-5]\d[-_.:m]?[0-5]\d|[-_]WA\d|(?=\D*(?:\.\w+)?$))"
)


@dataclass(frozen=True)
class Grouping:
    """The group of each image, None for one that stands alone, and the pattern that found it.

    `pattern` is None for groups that a table gives.
    """

    pattern: str | None
    groups: tuple[str | None, ...]
    suggested: bool

    @property
    def by(self) -> str:
        """What made the groups, as it was asked for."""
        return "a column of groups" if self.pattern is None else f"--group-by {self.pattern}"

    @property
    def count(self) -> int:
        return len(set(self.groups) - {None})

    def of_part(self, parts: Sequence[str], part: str) -> int:
        """Return how many groups have images in a part."""
        pairs = zip(self.groups, parts, strict=True)
        return len({group for group, name in pairs if name == part and group is not None})

    def divided(self, parts: Sequence[str]) -> int:
        """Return how many groups have images in more than one part."""
        pairs = {
            (group, part)
            for group, part in zip(self.groups, parts, strict=True)
            if part and group is not None
        }
        return sum(number > 1 for number in Counter(group for group, _ in pairs).values())


def grouping(
    items: Sequence[Item], pattern: str | None, table: Mapping[str, str | None] | None = None
) -> Grouping | None:
    """Return the groups that `pattern` makes; else those of a table; else what names suggest.

    A table is that of the labels (`Item.group`), or that of a split: `table` is file -> group.
    """
    files = [item.file for item in items]
    if pattern is not None:
        return Grouping(pattern, tuple(groups(files, pattern)), suggested=False)
    given = tuple(item.group for item in items)
    if not any(given) and table is not None:
        given = tuple(table.get(file) for file in files)
    if any(given):
        return Grouping(None, given, suggested=False)
    pattern = suggest(items)
    if pattern is None:
        return None
    return Grouping(pattern, tuple(groups(files, pattern)), suggested=True)


def suggest(items: Sequence[Item]) -> str | None:
    """Return a pattern of groups that the file names seem to follow.

    A habit counts when it holds for nearly all files and makes many groups, some of which have
    several images: "img_17" is no group, "00012_003" is. So it is counted within each class and
    part, since many a numbering begins anew in each; and what has one group in each class tells
    the class.
    """
    items = _some(items)
    names = [(item.part, item.label, _without_moment(item.file)) for item in items]
    for pattern in _HABITS:
        compiled = re.compile(pattern)
        found = Counter(
            (part, label, group)
            for part, label, file in names
            if (group := group_of(compiled, file, pattern)) is not None
        )
        if _telling(found, len(items), len({item.label for item in items})):
            return _without_figures(pattern, items)
    return None


def _without_figures(pattern: str, items: Sequence[Item]) -> str:
    """Return a pattern that leaves out what a publisher named, where there is such a thing."""
    names = (item.file.rpartition("/")[2] for item in items)
    if "/" in pattern.replace("[^/]", "") or not any(name.startswith(_NO_GROUP) for name in names):
        return pattern
    return f"^(?!{re.escape(_NO_GROUP)}){pattern[1:]}"


def _some(items: Sequence[Item]) -> Sequence[Item]:
    """Return the first files of each class and part, where there are more than enough to see."""
    if len(items) <= ENOUGH:
        return items
    of_each = Counter((item.part, item.label) for item in items)
    most = max(50, ENOUGH // len(of_each))
    taken: Counter[tuple[str | None, str]] = Counter()
    some = []
    for item in items:
        place = (item.part, item.label)
        taken[place] += 1
        if taken[place] <= most:
            some.append(item)
    return some


def _without_moment(file: str) -> str:
    folder, slash, name = file.rpartition("/")
    if name.startswith(_NO_GROUP):
        return f"{folder}{slash}.png"
    moment = _MOMENT.search(name)
    return f"{folder}{slash}{name[: moment.start()]}0.png" if moment else file


def _telling(found: Counter[tuple[str | None, str, str]], files: int, classes: int) -> bool:
    matched = found.total()
    sizes: Counter[str] = Counter()
    for (_, _, group), count in found.items():
        sizes[group] += count
    return (
        matched >= NEARLY_ALL * files
        and len(sizes) >= max(5, 0.02 * files, 2 * classes)
        and len(found) <= 0.98 * matched
        and max(sizes.values()) <= 0.25 * files
    )
