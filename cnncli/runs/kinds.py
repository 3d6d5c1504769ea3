"""What a value of a JSON file may be, said as data: a run or a model may be anybody's.

A Kind says what is wrong with a value, and where in the file it stands; None where it is right.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cnncli.errors import ModelError

Kind = Callable[[Any, str], str | None]

_SHOWN = 40  # characters of a value that a message quotes
_LARGEST = sys.float_info.max


def check(file: Path | str, said: Any, kind: Kind) -> None:
    """Raise ModelError, naming the file and the place in it, for a value that is not of a kind."""
    fault = kind(said, "")
    if fault is not None:
        raise ModelError(f"{file}: {fault}")


def plain(name: str, *types: type, where: Callable[[Any], bool] = lambda value: True) -> Kind:
    """Return the kind of values of these types for which `where` holds; `true` is no number."""

    def fault(value: Any, place: str) -> str | None:
        wrong = isinstance(value, bool) and bool not in types
        if wrong or not isinstance(value, types) or not where(value):
            return _fault(place, name, value)
        return None

    return fault


def whole(least: int = 0, most: int = 2**63 - 1) -> Kind:
    """Return the kind of whole numbers within bounds."""
    bounds = f"from {least} to {most}" if most < 2**63 - 1 else f"of at least {least}"
    return plain(f"a whole number {bounds}", int, where=lambda value: least <= value <= most)


def optional(kind: Kind) -> Kind:
    """Return a kind that may be null, too."""
    return lambda value, place: None if value is None else kind(value, place)


def one_of(*values: Any) -> Kind:
    """Return the kind of a few values."""
    names = ", ".join(json.dumps(value) for value in values)
    return plain(f"one of {names}", str, where=lambda value: value in values)


def listed(kind: Kind, *, least: int = 0, most: int | None = None) -> Kind:
    """Return the kind of lists with so many items of a kind."""

    def fault(value: Any, place: str) -> str | None:
        size = len(value) if isinstance(value, list) else -1
        if size < least or (most is not None and size > most):
            number = f"{least}" if least == most else f"{least} or more"
            return _fault(place, f"a list of {number} items" if least else "a list", value)
        return _first(kind(item, f"{place}[{index}]") for index, item in enumerate(value))

    return fault


def fields(required: Mapping[str, Kind], more: Mapping[str, Kind] | None = None) -> Kind:
    """Return the kind of mappings with these fields, of which `more` may be absent.

    Other fields are let alone: a later version may have written them.
    """

    def fault(value: Any, place: str) -> str | None:
        if not isinstance(value, dict):
            return _fault(place, "a mapping", value)
        missing = [name for name in required if name not in value]
        if missing:
            return f"{place or 'it'} has no {missing[0]}"
        known = {**required, **(more or {})}
        dot = f"{place}." if place else ""
        return _first(known[name](value[name], dot + name) for name in known if name in value)

    return fault


def mapping(kind: Kind) -> Kind:
    """Return the kind of mappings of any names to values of a kind."""

    def fault(value: Any, place: str) -> str | None:
        if not isinstance(value, dict):
            return _fault(place, "a mapping", value)
        return _first(kind(item, f"{place}.{name}") for name, item in value.items())

    return fault


def every(*kinds: Kind) -> Kind:
    """Return the kind of what is of all of these kinds, asked in order."""
    return lambda value, place: _first(kind(value, place) for kind in kinds)


def either(kind: Kind, other: Kind) -> Kind:
    """Return the kind of what is of one of two kinds; the message is that of the first."""

    def fault(value: Any, place: str) -> str | None:
        first = kind(value, place)
        return None if first is None or other(value, place) is None else first

    return fault


TEXT = plain("text", str)
YES_OR_NO = plain("true or false", bool)
NUMBER = plain("a number", int, float, where=lambda value: abs(value) <= _LARGEST)
# Infinity and NaN, too, but no whole number that is none as a float.
ANY_NUMBER = either(NUMBER, plain("a number", float))


def _first(faults: Any) -> str | None:
    return next((fault for fault in faults if fault is not None), None)


def _fault(place: str, name: str, value: Any) -> str:
    shown = json.dumps(value, default=str)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return f"{place or 'it'} should be {name}, and is {shown}"
