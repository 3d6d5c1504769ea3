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
    return _plainly(error, text) or _shortened(text.rstrip(". ")) or type(error).__name__


# What Python says where Keras does not look at what it is given -> the same in plain words.
_OF_PYTHON = (
    (r"not supported between instances of .*'NoneType'", "nothing stands where a number is needed"),
    (r"not supported between instances of", "a number is needed, and something else is given"),
    (r"unsupported operand type.*'NoneType'", "nothing stands where a number is needed"),
    (r"unsupported operand type", "a number is needed, and something else is given"),
    (r"must be integer or None|cannot be interpreted as an integer", "a whole number is needed"),
    (r"could not convert string to float|must be real number", "a number is needed, not a text"),
    (r"object is not iterable|has no len\(\)", "a list is needed, not a single value"),
    (r"index out of range", "an axis lies beyond the dimensions, or a list is too short"),
    (r"not enough values to unpack|too many values to unpack", "a list is not as long as needed"),
    (r"object is not callable", "a name or a class is needed here"),
)
_LONGEST = 300


def _plainly(error: Exception, text: str) -> str | None:
    """Return a sentence of Python's in plain words; None for one of Keras's."""
    if isinstance(error, KeyError):
        return f"the argument {text} is missing"
    return next((plain for said, plain in _OF_PYTHON if re.search(said, text)), None)


def _shortened(text: str) -> str:
    """Return the first sentences of a long text: some messages of Keras run to pages."""
    if len(text) <= _LONGEST:
        return text
    end = text.rfind(". ", 0, _LONGEST)
    return text[:end] if end > 0 else f"{text[: _LONGEST - 3].rstrip()}..."
