"""When an option applies, said in its annotation; where it would do nothing, it is refused.

    fold: Annotated[int | None, typer.Option(metavar="I"), Needs("folds")] = None

`cli` asks `check` before it calls a command, so that a rule is kept by standing there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, get_type_hints

from cnncli.errors import UsageError


@dataclass(frozen=True)
class Call:
    """A command as it was called: the values of its parameters, and which the user gave.

    Values that are paths or of an enumeration are still texts. `typed` holds what each parameter
    is called on a command line: --fold, DATA.
    """

    values: Mapping[str, Any]
    given: Sequence[str]
    typed: Mapping[str, str]

    def names(self, parameters: Sequence[str]) -> str:
        """Return parameters as words; of those that several commands share, the ones it has."""
        known = [self.typed[each] for each in parameters if each in self.typed]
        return " or ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)


class Rule(Protocol):
    """What an option asks of the rest of a call."""

    def fault(self, option: str, call: Call) -> UsageError | None:
        """Return what is wrong with a call in which the parameter `option` was given."""
        ...


def _anything(value: Any) -> bool:
    return True


def names_a_file(value: Any) -> bool:
    """Whether the value of -o names a file, as `-` and a plain flag do not."""
    return not isinstance(value, bool) and str(value) != "-"


class Needs:
    """Does nothing unless one of `others` is given, with a value that `counts`."""

    def __init__(self, *others: str, counts: Callable[[Any], bool] = _anything) -> None:
        self.others, self.counts = others, counts

    def fault(self, option: str, call: Call) -> UsageError | None:
        if any(each in call.given and self.counts(call.values[each]) for each in self.others):
            return None
        return UsageError(f"{call.typed[option]} does nothing without {call.names(self.others)}")


class NotWith:
    """Does nothing beside any of `others`."""

    def __init__(self, *others: str, hint: str | None = None) -> None:
        self.others, self.hint = others, hint

    def fault(self, option: str, call: Call) -> UsageError | None:
        beside = [each for each in self.others if each in call.given]
        if not beside:
            return None
        return UsageError(
            f"{call.typed[option]} does nothing beside {call.typed[beside[0]]}", hint=self.hint
        )


class When:
    """Does nothing where the values of a call are not such that it `applies`.

    `otherwise` ends the sentence "--grey does nothing ...".
    """

    def __init__(self, applies: Callable[[Mapping[str, Any]], bool], otherwise: str) -> None:
        self.applies, self.otherwise = applies, otherwise

    def fault(self, option: str, call: Call) -> UsageError | None:
        if self.applies(call.values):
            return None
        return UsageError(f"{call.typed[option]} does nothing {self.otherwise}")


class Leaves:
    """Makes a call of another kind, in which only `others` apply."""

    def __init__(self, *others: str, hint: str) -> None:
        self.others, self.hint = others, hint

    def fault(self, option: str, call: Call) -> UsageError | None:
        idle = [each for each in call.given if each not in (option, *self.others)]
        if not idle:
            return None
        applying = ", ".join(call.typed[each] for each in self.others)
        beside = f"Beside it apply {applying}. " if self.others else ""
        return UsageError(
            f"{call.typed[idle[0]]} does nothing beside {call.typed[option]}",
            hint=beside + self.hint,
        )


def rules(function: Callable[..., Any]) -> dict[str, list[Rule]]:
    """Return the rules of a command's parameters, by their names."""
    hints = get_type_hints(function, include_extras=True)
    kinds = (Needs, NotWith, When, Leaves)
    return {
        name: [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, kinds)]
        for name, hint in hints.items()
        if name != "return"
    }


def check(function: Callable[..., Any], call: Call) -> None:
    """Raise UsageError for the first option of a call that would do nothing."""
    known = rules(function) if call.given else {}
    for name in call.given:
        for rule in known[name]:
            if (fault := rule.fault(name, call)) is not None:
                raise fault
