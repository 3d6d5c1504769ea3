"""Which classes a network tells apart, and which of two counts as positive."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.errors import UsageError

# Names that say that nothing was found: never positive when the other class says something.
NOTHING_FOUND = frozenset(
    ("normal", "negative", "healthy", "control", "none", "no_finding", "background")
)


def positive_class(classes: Sequence[str], asked: str | None = None) -> str | None:
    """Return the class that counts as positive, or None when there are not just two.

    Without `asked` it is the last in sorted order, but never one that says that nothing was
    found when the other says something. Raises UsageError for a class that does not exist.
    """
    if asked is not None and asked not in classes:
        raise UsageError(
            f"--positive {asked}: no such class", hint=f"The classes are {', '.join(classes)}."
        )
    if len(classes) != 2:
        if asked is not None:
            raise UsageError(f"--positive is for two classes; there are {len(classes)}")
        return None
    if asked is not None:
        return asked
    first, last = sorted(classes)
    return first if _nothing(last) and not _nothing(first) else last


def _nothing(name: str) -> bool:
    return name.lower().replace(" ", "_").replace("-", "_") in NOTHING_FOUND
