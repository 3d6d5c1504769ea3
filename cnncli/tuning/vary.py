"""`--vary PATH=VALUES`: a value of a spec that a study tries, and what it may be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import SpecError, UsageError
from cnncli.spec import dump, parse_value
from cnncli.spec.load import place_of
from cnncli.spec.model import Spec

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_RANGE = re.compile(r"(\S+?)\.\.(\S+?)(?:\s+(\w+))?")
_FORM = "VALUES are 8|16|32, or a range: 4..16, 0.1..0.5, 1e-4..1e-2 log"
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
        vary = _read(text)
        if vary.path in found:
            raise UsageError(f"--vary {text}: {vary.path} is varied already")
        found[vary.path] = vary
    return list(found.values())


def _read(text: str) -> Vary:
    path, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not path or not values:
        raise UsageError(f'--vary takes PATH=VALUES, not "{text}"', hint=_FORM)
    matched = _RANGE.fullmatch(values)
    return _range(text, path, *matched.groups()) if matched else _choices(text, path, values)


def _choices(text: str, path: str, values: str) -> Vary:
    choices = tuple(each.strip() for each in values.split("|"))
    read = [parse_value(each) for each in choices]
    if len(choices) < 2 or "" in choices:
        raise UsageError(f"--vary {text}: names less than two values", hint=_FORM)
    if any(each in read[:place] for place, each in enumerate(read)):
        raise UsageError(f"--vary {text}: names a value twice")
    return Vary(path, choices)


def _range(text: str, path: str, low: str, high: str, word: str | None) -> Vary:
    if word not in (None, "log"):
        raise UsageError(f'--vary {text}: "{word}" is not known', hint=_FORM)
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


SpecWith = Callable[[Sequence[str]], Spec]  # of PATH=VALUE


def check(varied: Sequence[Vary], spec_with: SpecWith) -> Spec:
    """Try what is varied on a spec, one after the other, and return the spec without any.

    Raises SpecError, at the place in the file that a value would change; UsageError where an
    option beats what is varied.
    """
    plain = spec_with(())
    first = {each.path: each.examples()[0] for each in varied}
    for vary in varied:
        made = []
        for value in vary.examples():
            words = [f"{path}={said}" for path, said in {**first, vary.path: value}.items()]
            try:
                made.append(dump(spec_with(words)))
            except SpecError as error:
                raise _placed(error, plain, vary.path) from None
            except UsageError as error:  # the path leads nowhere
                message = error.message.removeprefix(f"{plain.source.name}: ")
                where = place_of(plain, vary.path)
                raise SpecError([plain.source.problem(where, message, error.hint)]) from None
        if len(set(made)) == 1:
            raise UsageError(
                f"--vary {vary.path}: makes no difference; an option says it, or another path"
            )
    return plain


def _placed(error: SpecError, plain: Spec, path: str) -> SpecError:
    """Return an error about a value that was tried, at the place that it would change."""
    where = place_of(plain, path)
    return SpecError(
        [
            plain.source.problem(where, f"--vary {path}: {each.message}", each.hint)
            if each.line is None
            else each
            for each in error.problems
        ]
    )


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
