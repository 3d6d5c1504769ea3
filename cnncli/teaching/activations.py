"""An activation function with its arguments: reading it, its values and its curve."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.teaching.functions import ALIASES, FUNCTIONS, Function

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

# The lesson's four, in its order.
LESSON = ("sigmoid", "tanh", "relu", "leaky_relu")
# Where the derivative is closer to zero than this, a network hardly learns: it is saturated.
SATURATED_BELOW = 0.05
OFF_THE_PAPER = 1e100

_ONCE = re.compile(r"(?<![\d.])1·| / 1(?=\))")  # what a factor or divisor of 1 leaves to be read
_CASE = re.compile(r"(.+?) if (\|x\||x) ([<>]) ([^,]+), (?:else )?")
_MEANING = re.compile(r", Φ .*")  # what a letter of the formula stands for
_ALONE = re.compile(r"(?<![A-Za-z_])x(?![A-Za-z_])")  # x, but not that of exp and max


@dataclass(frozen=True)
class Activation:
    """A function with its arguments filled in.

    `given` holds the arguments that were asked for, `arguments` all of them.
    """

    function: Function
    given: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.function.name

    @property
    def arguments(self) -> dict[str, Any]:
        return {**self.function.arguments, **self.given}

    @property
    def label(self) -> str:
        """The name as one types it: `leaky_relu:negative_slope=0.1`."""
        arguments = ",".join(f"{key}={_text(value)}" for key, value in self.given.items())
        return f"{self.name}:{arguments}" if arguments else self.name

    @property
    def formula(self) -> str:
        """What it computes of `x`, with the arguments written in."""
        if self.name == "relu":
            return _relu_formula(**self.arguments)
        texts = {key: _text(value) for key, value in self.arguments.items()}
        return _ONCE.sub("", self.function.formula.format(**texts))

    def formula_of(self, argument: str) -> str:
        """Return the formula with `argument` (the name of a number) in the place of `x`."""
        return _with(self.formula, argument)

    def formula_at(self, x: float, text: str) -> str:
        """Return what is computed at `x`, written as `text`: of cases the one that holds."""
        return _with(_MEANING.sub("", _case_at(self.formula, x)), text)

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Return the values and the derivatives at `x` (float64, of the shape of `x`)."""
        import numpy as np

        from cnncli.teaching import formulas

        # One vector has one axis: there is nothing to compute differently along it.
        arguments = {key: value for key, value in self.arguments.items() if key != "axis"}
        with np.errstate(all="ignore"):  # beyond float64 is infinity, and shown as such
            return getattr(formulas, self.name)(np.asarray(x, dtype=np.float64), **arguments)


@dataclass(frozen=True)
class Curve:
    """An activation along a range: float64 arrays of one length, and where it is saturated.

    `interval` is the range that was asked for. `saturated` holds intervals (from, to) of it in
    which the derivative stays within `SATURATED_BELOW` of zero.
    """

    activation: Activation
    interval: tuple[float, float]
    x: Array
    value: Array
    derivative: Array
    saturated: tuple[tuple[float, float], ...]


def parse(text: str) -> Activation:
    """Read `NAME` or `NAME:ARGUMENT=VALUE,...`; raises UsageError with what is allowed."""
    name, _, rest = text.strip().partition(":")
    function = FUNCTIONS.get(ALIASES.get(name, name))
    if function is None:
        near = difflib.get_close_matches(name.lower(), [*FUNCTIONS, *ALIASES], n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(
            f'there is no activation function "{name}"',
            hint=f"{hint}Keras has: {', '.join(FUNCTIONS)}.",
        )
    given = dict(_argument(function, part) for part in rest.split(",") if part.strip())
    missing = [
        argument
        for argument, default in function.arguments.items()
        if isinstance(default, type) and argument not in given
    ]
    if missing:
        example = ",".join(f"{argument}=1" for argument in function.arguments)
        raise UsageError(
            f"{function.name} needs {' and '.join(missing)}",
            hint=f"For example: {function.name}:{example}",
        )
    return Activation(function, given)


def every() -> list[Activation]:
    """Return all functions with Keras's defaults; `threshold`, which has none, at 1 and 0."""
    return [
        parse("threshold:threshold=1,default_value=0" if name == "threshold" else name)
        for name in FUNCTIONS
    ]


def curve(
    activation: Activation, low: float, high: float, places: Sequence[float] | None = None
) -> Curve:
    """Follow an activation at `places`, or at 201 evenly spaced points from `low` to `high`."""
    import numpy as np

    x = np.linspace(low, high, 201) if places is None else np.array(places, dtype=np.float64)
    return _curve(activation, low, high, x)


def drawn(activation: Activation, low: float, high: float, points: int = 801) -> Curve:
    """Follow an activation as one draws it: NaN parts a line where it jumps or is immense."""
    import numpy as np

    corners = [c for c in activation.function.corners(activation.arguments) if low < c < high]
    gap = (high - low) * 1e-9
    sides = [side for corner in corners for side in (corner - gap, corner, corner + gap)]
    x = np.unique(np.concatenate([np.linspace(low, high, points), sides]))
    followed = _curve(activation, low, high, x)
    for line in (followed.value, followed.derivative):
        line[~(np.abs(line) < OFF_THE_PAPER)] = np.nan
    for corner in corners:
        at = int(np.searchsorted(x, corner))
        for line in (followed.value, followed.derivative):
            if abs(line[at + 1] - line[at - 1]) > 1e-6:
                line[at] = np.nan
    return followed


def saturated(
    activation: Activation, low: float, high: float, points: int = 20_001
) -> tuple[tuple[float, float], ...]:
    """Return the intervals of the range in which the derivative is near zero."""
    import numpy as np

    x = np.linspace(low, high, points)
    flat = np.abs(activation(x)[1]) < SATURATED_BELOW
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    ends = zip(edges[::2], edges[1::2] - 1, strict=True)
    # A single point is the bottom of a curve or a corner, not a region.
    return tuple((float(x[start]), float(x[stop])) for start, stop in ends if stop > start)


def _curve(activation: Activation, low: float, high: float, x: Array) -> Curve:
    value, derivative = activation(x)
    regions = saturated(activation, low, high)
    return Curve(activation, (low, high), x, value, derivative, regions)


def _argument(function: Function, text: str) -> tuple[str, Any]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if name not in function.arguments or not equals:
        takes = ", ".join(function.arguments) or "none"
        raise UsageError(
            f'{function.name} has no argument "{name}"'
            if equals
            else f'"{text}" is not ARGUMENT=VALUE',
            hint=f"Arguments of {function.name}: {takes}.",
        )
    return name, _value(function, name, value)


def _value(function: Function, name: str, text: str) -> Any:
    default = function.arguments[name]
    if isinstance(default, bool):
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise UsageError(f'{function.name}: {name} is true or false, not "{text}"')
    if default is None and text.lower() in ("none", "null"):
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f'{function.name}: {name} is a number, not "{text}"')
    _check(function.name, name, number)
    return number


def _check(function: str, name: str, number: float) -> None:
    if name == "axis" and number not in (-1, 0):
        raise UsageError(f"{function}: axis is -1 here, as one vector has one axis")
    if (function, name) == ("celu", "alpha") and number == 0:
        raise UsageError("celu: alpha must not be 0, as x is divided by it")
    if (function, name) == ("relu", "max_value") and number < 0:
        raise UsageError("relu: max_value must not be below 0")
    if (function, name) == ("squareplus", "b") and number < 0:
        raise UsageError("squareplus: b must not be below 0, as a root is taken of x² + b")


def _with(formula: str, argument: str) -> str:
    return _ALONE.sub(lambda found: _inserted(found, argument), formula)


def _case_at(formula: str, x: float) -> str:
    while case := _CASE.match(formula):
        value, side, sign, bound = case.groups()
        left = abs(x) if "|" in side else x
        if left > float(bound) if sign == ">" else left < float(bound):
            return value
        formula = formula[case.end() :]
    return formula


def _inserted(found: re.Match[str], argument: str) -> str:
    before, after = found.string[: found.start()].rstrip(), found.string[found.end() :]
    # A negative number beside an operator wants brackets; in f(x) it has them already.
    beside = before.endswith(("-", "+", "/", "·")) or after.startswith("²")
    return f"({argument})" if argument.startswith("-") and beside else argument


def _relu_formula(negative_slope: float, max_value: float | None, threshold: float) -> str:
    if not negative_slope and not threshold:
        return "max(0, x)" if max_value is None else f"min(max(0, x), {_text(max_value)})"
    above = "x" if max_value is None else f"min(x, {_text(max_value)})"
    if max_value is not None and threshold < 0:
        above = f"min(max(0, x), {_text(max_value)})"
    moved = f"(x - {_text(threshold)})" if threshold else "x"
    below = f"{_text(negative_slope)}·{moved}" if negative_slope else "0"
    return f"{above} if x > {_text(threshold)}, else {below}"


def _text(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value).lower()
