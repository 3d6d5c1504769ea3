"""`--vary PATH=VALUES`: a value of a spec that a study tries, and what it may be."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.spec import parse_value

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_RANGE = re.compile(r"([^\s|]+?)\.\.([^\s|]+?)(?:\s+(\w+))?")
_STEPS = re.compile(r"(-?\d+)\.\.(-?\d+)\s+(?:step|by)\s+(\d+)")
_COLON = re.compile(r"(-?[\d.e-]+):(-?[\d.e-]+)")
_FORM = "VALUES are 8|16|32, or a range: 4..16, 0.1..0.5, 1e-4..1e-2 log"
_FEW = 8  # values of a list that a hint writes out
_THIRD = 1 / 3  # of the way from the lower to the upper end: no whole number by chance

Number = int | float


@dataclass(frozen=True)
class Vary:
    """A path into a spec with a few choices, as texts of YAML, or a range of numbers.

    A range of two whole numbers holds whole numbers; `log` draws by size, as for rates.
    """

    path: str
    choices: tuple[str, ...] = ()
    low: Number = 0
    high: Number = 0
    log: bool = False

    def examples(self) -> list[str]:
        """Return values, as texts of YAML, that show what is wrong if anything is."""
        if self.choices:
            return list(self.choices)
        ends = [str(self.low), str(self.high)]
        if isinstance(self.low, int):
            return ends
        return [*ends, str(self.low + _THIRD * (self.high - self.low))]

    @property
    def count(self) -> int | None:
        """How many values there are; None of a range of any numbers."""
        if self.choices:
            return len(self.choices)
        is_whole = isinstance(self.low, int) and isinstance(self.high, int)
        return int(self.high - self.low) + 1 if is_whole else None

    def distribution(self) -> BaseDistribution:
        """Return it as Optuna draws from it."""
        from optuna import distributions

        if self.choices:
            return distributions.CategoricalDistribution(self.choices)
        if isinstance(self.low, int) and isinstance(self.high, int):
            return distributions.IntDistribution(self.low, self.high, log=self.log)
        return distributions.FloatDistribution(self.low, self.high, log=self.log)


def read(texts: Sequence[str]) -> list[Vary]:
    """Read every PATH=VALUES; UsageError for what cannot be meant."""
    found: dict[str, Vary] = {}
    for text in texts:
        vary = read_one(text, found)
        found[vary.path] = vary
    return list(found.values())


def read_one(text: str, others: Collection[str] = ()) -> Vary:
    """Read PATH=VALUES beside paths that are varied; UsageError for what cannot be meant."""
    path, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not path or not values:
        raise UsageError(f'--vary takes PATH=VALUES, not "{text}"', hint=_FORM)
    if path in others:
        raise UsageError(f"--vary {text}: {path} is varied already")
    matched = _RANGE.fullmatch(values)
    return _range(text, path, *matched.groups()) if matched else _choices(text, path, values)


def combinations(varied: Sequence[Vary]) -> int | None:
    """Return how many combinations there are; None where some range holds any number."""
    counts = [each.count for each in varied]
    return math.prod(count for count in counts if count) if None not in counts else None


def _choices(text: str, path: str, values: str) -> Vary:
    choices = tuple(each.strip() for each in values.split("|"))
    read = [parse_value(each) for each in choices]
    if len(choices) < 2 or "" in choices:
        hint = _meant(path, values) or _FORM
        raise UsageError(f"--vary {text}: names less than two values", hint=hint)
    if any(each in read[:place] for place, each in enumerate(read)):
        raise UsageError(f"--vary {text}: names a value twice")
    return Vary(path, choices)


def _meant(path: str, values: str) -> str | None:
    """Return what was probably meant by values that are told apart in another way."""
    if matched := _COLON.fullmatch(values):
        return f"A range has two dots: {path}={matched[1]}..{matched[2]}"
    if matched := _STEPS.fullmatch(values):
        low, high, step = map(int, matched.groups())
        listed = [str(each) for each in range(low, high + 1, step)] if step else []
        few = "|".join(listed if len(listed) <= _FEW else [*listed[:2], "...", listed[-1]])
        return f"A range has no steps; name the values: {path}={few}" if listed else None
    parts = [each.strip() for each in values.removeprefix("[").removesuffix("]").split(",")]
    if len(parts) < 2 or not all(re.fullmatch(r"[\w.+-]+", each) for each in parts):
        return None
    return f"Values are told apart by |: {path}={'|'.join(parts)}"


def _range(text: str, path: str, low: str, high: str, word: str | None) -> Vary:
    if word not in (None, "log"):
        raise UsageError(f'--vary {text}: "{word}" is not known', hint=_FORM)
    if low.endswith(".") or high.startswith("."):
        whole = f"{low.rstrip('.')}..{high.lstrip('.')}"
        raise UsageError(f"--vary {text}: a range has two dots", hint=f"As in {whole}")
    least, most = (_number(text, each) for each in (low, high))
    if not (isinstance(least, int) and isinstance(most, int)):
        least, most = float(least), float(most)
    if least >= most:
        raise UsageError(f"--vary {text}: {low} is not less than {high}")
    if word and least <= 0:
        raise UsageError(f"--vary {text}: a range by logarithm begins above 0")
    return Vary(path, (), least, most, log=word is not None)


def _number(text: str, said: str) -> Number:
    value = parse_value(said)
    if isinstance(value, bool) or not isinstance(value, Number) or not math.isfinite(value):
        raise UsageError(f'--vary {text}: "{said}" is no number', hint=_FORM)
    return value


def text(value: Any) -> str:
    """Return a value that was drawn as a text of YAML."""
    return value if isinstance(value, str) else repr(value)


def short_names(paths: Sequence[str]) -> list[str]:
    """Return as much of the end of each path as tells it from the others: `learning_rate`."""
    parts = [path.split(".") for path in paths]

    def short(own: Sequence[str]) -> str:
        ends = range(1, len(own) + 1)
        counts = (sum(other[-end:] == own[-end:] for other in parts) for end in ends)
        end = next(end for end, count in zip(ends, counts, strict=True) if count == 1)
        return ".".join(own[-end:])

    return [short(own) for own in parts]
