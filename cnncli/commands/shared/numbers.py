"""Numbers on the command line: `-2,0,2.5` or, quoted, `'-2 0 2.5'`."""

from __future__ import annotations

import math

from cnncli.errors import UsageError


def read(text: str, option: str) -> list[float]:
    """Return the numbers of `text`; raises UsageError that names `option` and the bad one."""
    numbers = [_number(part, option) for part in text.replace(",", " ").split()]
    if not numbers:
        raise UsageError(f"{option} names no number", hint=f"For example: {option} -2,0,2.5")
    return numbers


def interval(text: str, option: str) -> tuple[float, float]:
    """Return the two numbers of `LO,HI`; raises UsageError unless LO is below HI."""
    ends = read(text, option)
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise UsageError(
            f'{option} is two numbers, the lower one first, not "{text}"',
            hint=f"For example: {option} -5,5",
        )
    return ends[0], ends[1]


def _number(text: str, option: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(
            f'{option}: "{text}" is not a number', hint=f"For example: {option} -2,0,2.5"
        )
    return number
