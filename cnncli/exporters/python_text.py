"""Python source as a person would lay it out: names that are legal, lines that are not too long."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence
from typing import Any

WIDTH = 88


class Code(str):
    """An expression that stands in the source as it is."""


def identifier(name: str, taken: set[str]) -> str:
    """Return a free Python name as near to `name` as may be, and take it."""
    legal = re.sub(r"\W", "_", name) or "layer"
    legal = f"layer_{legal}" if legal[0].isdigit() else legal
    legal = f"{legal}_" if keyword.iskeyword(legal) else legal
    free, number = legal, 2
    while free in taken:
        free, number = f"{legal}_{number}", number + 1
    taken.add(free)
    return free


def literal(value: Any) -> str:
    """Return a value as Python source: texts in double quotes, lists as tuples."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple | list):
        inner = ", ".join(literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    return repr(value)


def quoted(text: str) -> str:
    """Return a text in double quotes, unless that takes more backslashes."""
    written = repr(text)
    return written if '"' in text or "\\" in written else f'"{text}"'


class Named(str):
    """An argument with its name: `key=value`."""

    key: str
    value: str

    def __new__(cls, key: str, value: str) -> Named:
        """Make the text, and keep its parts."""
        made = super().__new__(cls, f"{key}={value}")
        made.key, made.value = key, value
        return made


class Call(str):
    """`head(arguments)`, and with a `tail` `head(arguments)(tail)`: one line, until laid out."""

    head: str
    arguments: tuple[str, ...]
    tail: tuple[str, ...]
    brackets: str

    def __new__(
        cls, head: str, arguments: Iterable[str], tail: Iterable[str] = (), brackets: str = "()"
    ) -> Call:
        """Make the text, and keep its parts."""
        arguments, tail = tuple(arguments), tuple(tail)
        behind = f"({', '.join(tail)})" if tail else ""
        text = f"{head}{brackets[0]}{', '.join(arguments)}{brackets[1]}{behind}"
        made = super().__new__(cls, text)
        made.head, made.arguments, made.tail, made.brackets = head, arguments, tail, brackets
        return made


def listed(items: Iterable[str]) -> Call:
    """Return the expression of a list."""
    return Call("", items, brackets="[]")


def statement(before: str, expression: str, depth: int = 0) -> str:
    """Return `before` and the expression as lines of code, which will be `depth` columns in."""
    return before + _laid_out(expression, depth + len(before), depth)


def _laid_out(expression: str, lead: int, depth: int) -> str:
    """Break an expression, which stands `lead` columns in, as Black does where it is too long."""
    if isinstance(expression, Named):
        lead += len(expression.key) + 1
        return f"{expression.key}={_laid_out(expression.value, lead, depth)}"
    if not isinstance(expression, Call) or lead + len(expression) <= WIDTH:
        return str(expression)
    tail = ", ".join(expression.tail)
    first = str(Call(expression.head, expression.arguments, brackets=expression.brackets))
    if len(tail) > len(", ".join(expression.arguments)) and lead + len(first) < WIDTH:
        return first + _in_brackets(expression.tail, "()", depth)
    if not expression.arguments:
        return str(expression)
    behind = f"({tail})" if tail else ""
    inside = _in_brackets(expression.arguments, expression.brackets, depth)
    return f"{expression.head}{inside}{behind}"


def _in_brackets(items: Sequence[str], brackets: str, depth: int) -> str:
    """Return items in brackets: in one line of their own, or each in one."""
    inner = ", ".join(items)
    if depth + 4 + len(inner) <= WIDTH and brackets == "()":
        return f"(\n    {inner}\n)"
    lines = indented(_laid_out(item, depth + 5, depth + 4) + "," for item in items)
    return "\n".join([brackets[0], *lines, brackets[1]])


def indented(lines: Iterable[str]) -> list[str]:
    """Return the lines of a block of code, four spaces further in."""
    return [f"    {line}" if line else "" for text in lines for line in text.split("\n")]


def imports(module: str, names: Iterable[str]) -> list[str]:
    """Return the lines of `from module import names`, sorted; none for no names."""
    listed = sorted(set(names))
    if not listed:
        return []
    line = f"from {module} import {', '.join(listed)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in listed), ")"]
