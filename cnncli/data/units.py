"""What must stay on one side of a split: images of one group, and copies of one picture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from cnncli.errors import UsageError

# Patterns that file names often follow, most telling first.
_HABITS = (
    (r"^[^/]+/([^/]+)/", "a folder for each"),
    (r"^(\d+)[_-]", "a number in front"),
    (r"^([A-Za-z]*\d+)[_-]", "a code in front"),
    (r"^(.*\d)[_-][A-Za-z]*\d+\.", "a number behind"),
)


def groups(files: Sequence[str], pattern: str) -> list[str | None]:
    """Return the group of each file: what `pattern` finds in its name, None where nothing.

    The name is the last part of the path; a pattern with a slash is searched in the whole path
    below DATA. The parts in parentheses make the group, or all that matches when there are none.
    Raises UsageError when the pattern is no regular expression, or matches no file.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"--group-by {pattern}: not a regular expression: {error}") from None
    found = [
        _group(compiled, file if "/" in pattern else file.rpartition("/")[2]) for file in files
    ]
    if files and not any(found):
        raise UsageError(
            f"--group-by {pattern}: matches none of the file names",
            hint=f"The first is {files[0]}",
        )
    return found


def _group(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    if match is None:
        return None
    return "\0".join(part or "" for part in match.groups()) if pattern.groups else match.group()


def suggest(files: Sequence[str]) -> tuple[str, int] | None:
    """Return a pattern that the file names seem to follow and the number of groups; None if none.

    A habit counts when it holds for nearly all files and makes many groups, some of which have
    several images: "img_17" is no group, "00012_003" is.
    """
    for pattern, _ in _HABITS:
        compiled = re.compile(pattern)
        texts = files if "/" in pattern else [file.rpartition("/")[2] for file in files]
        sizes = Counter(group for text in texts if (group := _group(compiled, text)) is not None)
        if _telling(sizes, len(files)):
            return pattern, len(sizes)
    return None


def _telling(sizes: Counter[str], files: int) -> bool:
    matched = sum(sizes.values())
    return (
        matched >= 0.9 * files
        and len(sizes) >= max(5, 0.02 * files)
        and len(sizes) <= 0.98 * matched
        and max(sizes.values()) <= 0.25 * files
    )


def units(count: int, *keys: Sequence[Hashable | None]) -> list[list[int]]:
    """Return 0..count-1 in sets that belong together: those that share a value of any key.

    None is shared with nobody. Sets are in the order of their first member.
    """

    def pairs() -> Iterator[tuple[int, int]]:
        for key in keys:
            first: dict[Hashable, int] = {}
            for place, value in enumerate(key):
                if value is not None:
                    yield first.setdefault(value, place), place

    return connected(count, pairs())


def connected(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return 0..count-1 in the sets that `pairs` join, in the order of their first member."""
    parent = list(range(count))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for pair in pairs:
        one, other = sorted(map(root, pair))
        parent[other] = one
    members: dict[int, list[int]] = {}
    for place in range(count):
        members.setdefault(root(place), []).append(place)
    return list(members.values())
