"""What must stay on one side of a split: images of one group, and copies of one picture."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence

from cnncli.errors import UsageError


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
    found = [group_of(compiled, file, pattern) for file in files]
    if files and not any(found):
        raise UsageError(
            f"--group-by {pattern}: matches none of the file names",
            hint=first_name(files[0], pattern),
        )
    return found


def first_name(file: str, pattern: str) -> str:
    """Say what a pattern was looked for in, of a file that it does not match."""
    if "/" in pattern or "/" not in file:
        return f"The first is {file}"
    return (
        f"The first is {file.rpartition('/')[2]}, of {file}: folders are looked at by a pattern "
        "with a / in it"
    )


def group_of(compiled: re.Pattern[str], file: str, pattern: str) -> str | None:
    """Return the group of one file; `compiled` is `pattern`."""
    match = compiled.search(file if "/" in pattern else file.rpartition("/")[2])
    if match is None:
        return None
    if not compiled.groups:
        return match.group() or None
    return "/".join(part or "" for part in match.groups()) if any(match.groups()) else None


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
    # The root of a set is its first member; most sets have no other.
    joined: dict[int, list[int]] = {}
    for place in range(count):
        if root(place) != place:
            joined.setdefault(root(place), [root(place)]).append(place)
    return [joined.get(place) or [place] for place in range(count) if parent[place] == place]
