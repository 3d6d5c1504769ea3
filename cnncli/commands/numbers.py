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
