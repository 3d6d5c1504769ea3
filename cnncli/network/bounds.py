"""Where Keras begins to refuse the numbers that an argument is given, found by trying."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.signatures import constructs, needed, parameters, sample

# Keras's bounds lie at, or next to, one of these.
WHOLE = (-1000, -100, *range(-3, 8), 12, 60, 100, 1000)
FRACTIONS = (-1000.0, -100.0, -2.0, -1.0, -0.5, -0.001, 0.0, 0.001, 0.25, 0.5, 0.999, 1.0, 1.001)
NUMBERS = (*FRACTIONS, 2.0, 3.0, 100.0, 1000.0)
# An argument that takes all of these, or none, has no bound: most have none.
_COARSE = (-1000, -1, 0, 0.5, 1, 1000)
# Two numbers that differ by less than this are one bound.
_FINEST = 1e-6
# Fewer numbers than this that are taken are words of their own, such as 0 and 1 for no and yes.
_A_RANGE = 3
# Types of the catalog that a number can be.
_NUMERIC = ("integer", "integers", "number", "numbers", "list", "any")
# One of these shapes suits each layer that is called.
_INPUTS = ((8, 8, 3), (8, 3), (4,), (8, 8, 8, 3), (4, 8, 8, 3))

Takes = Callable[[Any], bool]
Constraint = dict[str, Any]


def constraints(cls: type, types: Mapping[str, str], *, layer: bool) -> dict[str, Constraint]:
    """Return what Keras demands of the numbers of each argument, in the words of JSON Schema.

    A number has `minimum`, `exclusiveMinimum`, `maximum` and `exclusiveMaximum`; the numbers of a
    list have the same under `items`. What follows from another argument is left out.
    """
    found = {}
    for name, code in types.items():
        code = code.removesuffix("!")
        if code in _NUMERIC:
            constraint = _constraint(cls, name, code)
            if layer and code in ("integer", "integers"):
                constraint |= _in_use(cls, name, code, constraint)
            if constraint:
                found[name] = constraint
    return found


def _constraint(cls: type, name: str, code: str) -> Constraint:
    whole = code in ("integer", "integers")

    def takes(value: Any) -> bool:
        return constructs(cls, {name: value})

    found = {} if code == "list" else _range(takes, whole)
    found = _independent(cls, name, found, whole, lambda value: value)
    length = _length(takes) if code not in ("integer", "number") else 0
    if length:
        items = _range(lambda value: takes([value] * length), whole)
        items = _independent(cls, name, items, whole, lambda value: [value] * length)
        found |= {"items": items} if items else {}
    return found


def _length(takes: Takes) -> int:
    """Return how long a list the argument may be; 0 where it may be none."""
    return next((n for n in (1, 2, 3) if takes([2] * n) or takes([0.5] * n)), 0)


def edges(bounds: Mapping[str, Any], *, whole: bool) -> Iterator[tuple[str, Any, Any]]:
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
    # What is taken here and there follows another rule, such as a number that must divide one.
    unbroken = all(taken[first : last + 1])
    if first > 0 and (unbroken or ladder[first] >= -1):
        found |= _edge(takes, ladder[first], ladder[first - 1], "inimum")
    if last < len(ladder) - 1 and unbroken:
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
    bound = round((good + bad) / 2, 5)
    # Some arguments must be written 0.0, and are refused as 0.
    return {f"m{word}" if takes(bound) else f"exclusiveM{word}": _plain(bound)}


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _independent(
    cls: type, name: str, found: Constraint, whole: bool, form: Callable[[Any], Any]
) -> Constraint:
    """Return the bounds that stay where they are when other arguments are larger."""
    return {
        word: found[word]
        for word, _, refused in edges(found, whole=whole)
        if not any(constructs(cls, {**other, name: form(refused)}) for other in _others(cls, name))
    }


def _others(cls: type, name: str) -> Iterator[dict[str, Any]]:
    """Yield each other size that the class takes, six times what it is."""
    for other, parameter in parameters(cls).items():
        required = parameter.default is parameter.empty
        value = sample(other, cls.__name__) if required else parameter.default
        if other != name and type(value) is int and value:
            yield {other: 6 * value}
        elif other != name and type(value) is tuple and all(type(item) is int for item in value):
            yield {other: tuple(6 * item for item in value)}


def _in_use(cls: type, name: str, code: str, constructed: Constraint) -> Constraint:
    """Return the least whole number with which a layer can be called, where Keras asks so late."""
    shape = _input_shape(cls) if constructed.get("minimum", 0) < 1 else None
    if shape is None:
        return {}
    least = _least(lambda value: _calls(cls, shape, {name: value}))
    found: Constraint = {} if least is None else {"minimum": least}
    if code == "integers" and least is not None:
        length = _length(lambda value: constructs(cls, {name: value}))
        least = _least(lambda value: _calls(cls, shape, {name: [value] * length}))
        found |= {} if least is None or not length else {"items": {"minimum": least}}
    return found


def _least(takes: Takes) -> int | None:
    taken = [takes(value) for value in (-1, 0, 1, 2)]
    return taken.index(True) - 1 if taken[2:] == [True, True] and not taken[0] else None


@cache
def _input_shape(cls: type) -> tuple[int, ...] | None:
    return next((shape for shape in _INPUTS if _calls(cls, shape, {})), None)


def _calls(cls: type, shape: tuple[int, ...], arguments: Mapping[str, Any]) -> bool:
    """Say whether a layer of these arguments takes an input of this shape."""
    keras = load_keras()
    try:
        with keras.StatelessScope():
            cls(**{**needed(cls), **arguments})(keras.Input(shape))
    except Exception:
        return False
    return True
