"""Where Keras begins to refuse the numbers that an argument is given, found by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

# Keras's bounds lie at, or next to, one of these.
WHOLE = (-1000, -100, *range(-3, 8), 12, 60, 100, 1000)
FRACTIONS = (-1000.0, -100.0, -2.0, -1.0, -0.5, -0.001, 0.0, 0.001, 0.25, 0.5, 0.999, 1.0, 1.001)
NUMBERS = (*FRACTIONS, 2.0, 3.0, 100.0, 1000.0)
# An argument that takes all of these has no bound: most have none.
_COARSE = (-1000, -1, 0, 0.5, 1, 1000)
# Two numbers that differ by less than this are one bound.
_FINEST = 1e-6
# Fewer numbers than this that are taken are words of their own, such as 0 and 1 for no and yes.
_A_RANGE = 3

Takes = Callable[[Any], bool]
Constraint = dict[str, Any]


def constraint(takes: Takes, code: str) -> Constraint:
    """Return what Keras demands of the numbers of an argument, in the words of JSON Schema.

    `takes` says whether Keras takes a value. A number has `minimum`, `exclusiveMinimum`, `maximum`
    and `exclusiveMaximum`; the numbers of a list have the same under `items`.
    """
    whole = code in ("integer", "integers")
    found = _range(takes, whole)
    if code not in ("integer", "number"):
        length = next((n for n in (1, 2, 3) if takes([2] * n) or takes([0.5] * n)), 0)
        items = _range(lambda value: takes([value] * length), whole) if length else {}
        found |= {"items": items} if items else {}
    return found


def edges(bounds: Constraint, whole: bool) -> Iterable[tuple[str, Any, Any]]:
    """Yield (word, a number that is just taken, one that is just refused) for each bound."""
    step = 1 if whole else 2 * _FINEST
    for word in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        if word in bounds:
            outwards = -step if word.endswith("inimum") else step
            at, exclusive = bounds[word], word.startswith("exclusive")
            yield word, at - outwards if exclusive else at, at if exclusive else at + outwards


def _range(takes: Takes, whole: bool) -> Constraint:
    coarse = [takes(value) for value in _COARSE if isinstance(value, int) or not whole]
    if all(coarse) or not any(coarse):
        return {}
    ladder: Sequence[Any] = WHOLE if whole else NUMBERS
    taken = [takes(value) for value in ladder]
    if sum(taken) < _A_RANGE:
        return {}
    first = taken.index(True)
    last = len(taken) - 1 - taken[::-1].index(True)
    found: Constraint = {}
    if first > 0:
        found |= _edge(takes, ladder[first], ladder[first - 1], "inimum")
    # What is taken here and there follows another rule, such as a number that must divide one.
    if last < len(ladder) - 1 and all(taken[first : last + 1]):
        found |= _edge(takes, ladder[last], ladder[last + 1], "aximum")
    return found


def _edge(takes: Takes, good: Any, bad: Any, word: str) -> Constraint:
    """Return the bound between a value that is taken and one that is not."""
    whole = isinstance(good, int)
    while abs(good - bad) > (1 if whole else _FINEST / 4):
        middle = (good + bad) // 2 if whole else (good + bad) / 2
        good, bad = (middle, bad) if takes(middle) else (good, middle)
    if whole:
        return {f"m{word}": good}
    bound = _plain(round((good + bad) / 2, 5))
    return {f"m{word}" if takes(bound) else f"exclusiveM{word}": bound}


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number
