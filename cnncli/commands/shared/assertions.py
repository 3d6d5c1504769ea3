"""`--assert 'accuracy >= 0.9'`: what must hold of a command's JSON document, for CI."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from cnncli import console
from cnncli.errors import CnncliError, UsageError

AssertOption = Annotated[
    list[str] | None,
    typer.Option(
        "--assert",
        metavar="'KEY >= VALUE'",
        help="Exit with 1 unless this holds of a key of the --json document; may be given "
        "several times.",
    ),
]

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
# The last operator counts: the name of a class in a key may hold one.
_FORM = re.compile(r"(?P<key>.*[^<>=\s])\s*(?P<sign><=|>=|==|<|>)\s*(?P<value>[^<>=]*[^<>=\s])")
_INDEX = re.compile(r"\[(\d+)\]")
_NO_INDEX = re.compile(r"\[(?!\d+\])")
_WORDS: Mapping[str, Any] = {"true": True, "false": False}
_EXAMPLE = "For example --assert 'accuracy >= 0.9' or --assert 'auc_interval[0] >= 0.8'."


@dataclass(frozen=True)
class Assertion:
    """A key of a document, how it is compared, and with what: a number, true, false or a text."""

    text: str
    key: str
    sign: str
    value: Any

    def fault(self, document: Mapping[str, Any]) -> str | None:
        """Return why it does not hold of a document, or None where it does.

        Raises UsageError for a key that is not there, and for what cannot be compared.
        """
        found = at(document, self.key)
        if found is None or (isinstance(found, float) and math.isnan(found)):
            return f"{self.text}: fails, as {self.key} could not be computed (it is null)"
        self._refuse_kind(found)
        if COMPARISONS[self.sign](found, self.value):
            return None
        return f"{self.text}: fails, as {self.key} is {found}"

    def check(self, example: Mapping[str, Any]) -> None:
        """Raise the UsageError that no document with the keys and kinds of `example` can avoid.

        What is null, NaN or empty in it may be anything, and a list of objects as long as it will.
        """
        found = _like(example, self.key)
        if not _unknown(found):
            self._refuse_kind(found)

    def _refuse_kind(self, found: Any) -> None:
        if not _comparable(found, self.value):
            raise UsageError(
                f"--assert '{self.text}': {self.key} is {_kind(found)}, "
                f"which is not compared with {_kind(self.value)}",
                hint=_within(self.key, found),
            )


def parse(text: str) -> Assertion:
    """Read `KEY OPERATOR VALUE`; UsageError for what is none."""
    form = _FORM.fullmatch(text.strip())
    if form is None or _NO_INDEX.search(form["key"]):
        raise UsageError(f"--assert '{text}': not KEY, one of {', '.join(COMPARISONS)}, and VALUE",
                         hint=_EXAMPLE)  # fmt: skip
    value = _value(form["value"])
    if not _is_number(value) and form["sign"] != "==":
        raise UsageError(f"--assert '{text}': {form['value']} is not a finite number",
                         hint="Texts, true and false are compared by ==.")  # fmt: skip
    return Assertion(text.strip(), form["key"], form["sign"], value)


def parse_all(texts: Sequence[str] | None) -> list[Assertion]:
    """Read all that were given, before anything else is done."""
    return [parse(text) for text in texts or ()]


def at(document: Any, key: str) -> Any:
    """Return the value of a key: names with `.` between them, `[i]` in lists, from 0.

    Raises UsageError, with the keys that there are, where there is no such one.
    """
    value, rest = document, key
    while rest:
        value, rest = _stepped(value, rest, key)
    return value


def check_all(assertions: Sequence[Assertion], example: Mapping[str, Any]) -> None:
    """Raise UsageError for what no document like `example` can answer, before one is made."""
    for each in assertions:
        each.check(example)


def _like(example: Any, key: str) -> Any:
    """Return the value of a key as `at` does, of an item of a list of objects its first one."""
    value, rest = example, key
    while rest and not _unknown(value):
        if isinstance(value, list) and isinstance(value[0], Mapping):
            rest = _INDEX.sub("[0]", rest, count=1) if _INDEX.match(rest) else rest
        value, rest = _stepped(value, rest, key)
    return value


def _unknown(value: Any) -> bool:
    """Whether an example says nothing of what will stand there."""
    return value in (None, [], {}) or (isinstance(value, float) and math.isnan(value))


def _stepped(value: Any, rest: str, key: str) -> tuple[Any, str]:
    """Take one step into a value; UsageError, with the keys that there are, where none fits."""
    step = _step(value, rest)
    if step is None:
        before = key[: len(key) - len(rest)].rstrip(".")
        raise UsageError(f"--assert: there is no key {key}", hint=_known(before, value, rest))
    return step


def require(
    assertions: Sequence[Assertion], document: Mapping[str, Any], *, github: bool = False
) -> None:
    """Raise CnncliError, with all that fail, unless everything holds of a document.

    With `github` each of them is an annotation on stdout, too.
    """
    faults = [each.fault(document) for each in assertions]
    failed = [fault for fault in faults if fault is not None]
    if github:
        from cnncli.render.terminal.github import annotation

        for each, fault in zip(assertions, faults, strict=True):
            severity, said = ("error", fault) if fault else ("notice", f"{each.text}: holds")
            console.result(annotation(severity, said))
    if failed:
        count = f"{len(failed)} of {len(faults)} assertions" if len(faults) > 1 else "assertion"
        raise CnncliError(f"{count} failed:", hint="\n".join(f"  {fault}" for fault in failed))


def _step(value: Any, rest: str) -> tuple[Any, str] | None:
    """Take one step into a value; names may hold dots, so the longest that fits is taken."""
    if isinstance(value, list | tuple) or hasattr(value, "tolist"):
        found = _INDEX.match(rest)
        if found is None or int(found[1]) >= len(value):
            return None
        return value[int(found[1])], rest[found.end() :].removeprefix(".")
    if isinstance(value, Mapping):
        fitting = [name for name in value if _begins_with(rest, str(name))]
        if fitting:
            name = max(fitting, key=len)
            return value[name], rest[len(name) :].removeprefix(".")
    return None


def _begins_with(rest: str, name: str) -> bool:
    return (
        bool(name) and rest.startswith(name) and rest[len(name) : len(name) + 1] in ("", ".", "[")
    )


def _known(before: str, value: Any, rest: str) -> str | None:
    where = f"In {before} there" if before else "There"
    if isinstance(value, Mapping):
        names = [str(name) for name in value]
        return _meant(before, names, rest) or f"{where} are {', '.join(names)}."
    if isinstance(value, list | tuple):
        return f"{before} has {len(value)} items, from {before}[0] on." if value else None
    return f"{before} is {_kind(value)} and holds nothing more."


def _meant(before: str, names: Sequence[str], rest: str) -> str | None:
    """Return the whole key that was probably meant; None where no name is near."""
    from cnncli.spec.problems import nearest

    word = re.split(r"[.\[]", rest, maxsplit=1)[0]
    name = nearest(word, names)
    if name is None:
        return None
    return f'did you mean "{before}{"." * bool(before)}{name}{rest[len(word) :]}"?'


def _value(text: str) -> Any:
    quoted = re.fullmatch(r"\"(.*)\"|'(.*)'", text)
    if quoted:
        return quoted[1] if quoted[1] is not None else quoted[2]
    if text in _WORDS:
        return _WORDS[text]
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _comparable(found: Any, value: Any) -> bool:
    if _is_number(found) or _is_number(value):
        return _is_number(found) and _is_number(value)
    return isinstance(found, str | bool) and type(found) is type(value)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if _is_number(value):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a mapping" if isinstance(value, Mapping) else "a list"


def _within(key: str, found: Any) -> str | None:
    if isinstance(found, Mapping) and found:
        return f"It holds {', '.join(f'{key}.{name}' for name in list(found)[:5])}."
    return f"Say which of its items: {key}[0]." if isinstance(found, list | tuple) else None
