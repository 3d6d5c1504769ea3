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


def call(head: str, arguments: Sequence[str], tail: str = "", indent: int = 0) -> str:
    """Return `head(arguments)tail`, broken as Black breaks it where it is too long."""
    line = f"{head}({', '.join(arguments)}){tail}"
    if len(line) + indent <= WIDTH or not arguments:
        return line
    inner = ", ".join(arguments)
    if len(inner) + indent + 4 <= WIDTH:
        return f"{head}(\n    {inner}\n){tail}"
    return f"{head}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){tail}"


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
