"""Which of two classes is the one that is looked for."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.errors import UsageError

# Names of a class that says that nothing was found.
NOTHING_FOUND = frozenset(
    ["normal", "negative", "healthy", "control", "controls", "none", "no_finding", "background"]
)


def positive(classes: Sequence[str], asked: str | None = None) -> str | None:
    """Return the positive one of two classes; None when there are more.

    It is the one asked for; else the last in sorted order, but never one that says that nothing
    was found ("normal") when the other says something. Raises UsageError when the class that
    was asked for is none of them, or there are not two.
    """
    if asked is not None and asked not in classes:
        raise UsageError(
            f"--positive {asked}: there is no such class", hint=f"Classes: {', '.join(classes)}"
        )
    if len(classes) != 2:
        if asked is not None:
            raise UsageError(
                f"--positive is for two classes, and here are {len(classes)}: {', '.join(classes)}"
            )
        return None
    if asked is not None:
        return asked
    first, last = sorted(classes)
    return first if says_nothing(last) and not says_nothing(first) else last


def says_nothing(name: str) -> bool:
    """Whether a class is named for finding nothing: "normal", "No Finding", "no-finding"."""
    return name.strip().lower().replace(" ", "_").replace("-", "_") in NOTHING_FOUND
