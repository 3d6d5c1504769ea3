"""Collects what is wrong in a spec, so that all of it is told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace

from cnncli.errors import Problem, SpecError
from cnncli.spec.graph import Position
from cnncli.spec.model import Source

# A file of a thousand faults is no spec; the first hundred say so.
MOST_PROBLEMS = 100


class TooManyProblems(Exception):
    """There is no use in looking further."""


class Problems:
    """The problems found so far in one source; the same one is kept once."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: dict[tuple[Position | None, str], Problem] = {}

    def error(self, where: Position | None, message: str, hint: str | None = None) -> None:
        """Note an error; raises TooManyProblems at the hundredth."""
        self._add(where, message, hint, "error")
        if len(self._found) >= MOST_PROBLEMS:
            raise TooManyProblems

    def warn(self, where: Position | None, message: str, hint: str | None = None) -> None:
        """Note something that is allowed and hardly meant."""
        self._add(where, message, hint, "warning")

    def _add(self, where: Position | None, message: str, hint: str | None, severity: str) -> None:
        key = (where, message)
        if key not in self._found and len(self._found) < MOST_PROBLEMS:
            self._found[key] = self.source.problem(where, message, hint, severity)

    @property
    def all(self) -> tuple[Problem, ...]:
        """Everything found, in the order of the file."""
        return tuple(self._found[key] for key in sorted(self._found, key=_place))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The errors alone, in the order of the file."""
        return tuple(problem for problem in self.all if problem.severity == "error")

    def know(self, parents: tuple[Source, ...]) -> None:
        """Take note of what the spec extends, so that places in it can be shown."""
        self.source = replace(self.source, parents=parents)

    def include(self, where: Position | None, found: Iterable[Problem]) -> None:
        """Note what was found in reading another text, which `where` names."""
        for problem in found:
            self._found.setdefault((where, str(problem)), problem)

    def raise_errors(self) -> None:
        """Raise SpecError when there is an error."""
        if self.errors:
            raise SpecError(self.errors)


def _place(key: tuple[Position | None, str]) -> tuple[int, int, int]:
    where = key[0]
    if where is None or where.line <= 0:  # of the whole, or set by an option
        return 0, 0, 0
    return where.file, where.line, where.column


def near(name: str, known: Iterable[str]) -> str | None:
    """Return a hint that names what was probably meant; None when nothing is near."""
    match = nearest(name, known)
    return f'did you mean "{match}"?' if match is not None else None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that `name` is most like; None when it is like none.

    Of several that are as like, the one that begins alike, then the one for images; where there
    is none, the one of these initials.
    """
    folded = {entry.lower(): entry for entry in known}
    wanted = name.lower()
    matches = difflib.get_close_matches(wanted, list(folded), n=6, cutoff=0.6)
    if not matches:
        return next((entry for key, entry in folded.items() if _initials(key) == wanted), None)

    def likeness(key: str) -> tuple[float, bool, bool]:
        ratio = difflib.SequenceMatcher(None, key, wanted).ratio()
        return ratio, key[:1] == wanted[:1], "2d" in key

    return folded[max(matches, key=likeness)]


def _initials(name: str) -> str:
    """Return "lr" for "learning_rate"; nothing for a single word."""
    parts = name.split("_")
    return "".join(part[:1] for part in parts) if len(parts) > 1 else ""
