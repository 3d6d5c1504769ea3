"""What Keras refuses, said in the words of the spec and at its line."""

from __future__ import annotations

import re

from cnncli.errors import SpecError
from cnncli.spec.graph import Position
from cnncli.spec.model import Source

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CALLING = re.compile(r"^Exception encountered when calling \S+\.\n+")
_TENSORFLOW = re.compile(r"\{\{function_node \S+\}\} |\{\{node .*|\[Op:\w+\].*", re.DOTALL)


class Fault(Exception):
    """Something wrong at a place of a spec; `source` is known only where the whole spec is.

    `others` are further faults of the same network, which were found after it.
    """

    def __init__(self, message: str, where: Position, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.others: list[Fault] = []

    def all(self) -> list[Fault]:
        """Return this fault and the others."""
        return [self, *self.others]

    def in_source(self, source: Source | None) -> SpecError:
        """Return the SpecError of all faults, with the lines of `source` where they stand."""
        source = source or Source("<spec>", "")
        return SpecError([source.problem(f.where, f.message, f.hint) for f in self.all()])


def describe(error: Exception) -> str:
    """Return what Keras said, as one line without colours and the list of arguments."""
    text = _CALLING.sub("", _ANSI.sub("", str(error)).strip())
    text = text.split("\n\nArguments received by")[0]
    text = _TENSORFLOW.sub("", text)
    text = " ".join(text.split())
    return text.rstrip(". ") or type(error).__name__
