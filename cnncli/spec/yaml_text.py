"""Plain data -> YAML as a person would write it: a line for each layer, arguments in flow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cnncli.spec.model import Param
from cnncli.spec.scalars import plain_text_of, resolve

WIDTH = 100
# Lists whose items stand in lines of their own.
_LISTED = frozenset(("layers", "callbacks", "augmentation"))
# Mappings whose keys stand in lines of their own.
_LINED = frozenset(("params", "blocks", "training"))
# Sections with an empty line before them.
_APART = frozenset(("blocks", "layers", "training"))
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.*/]*([ -][A-Za-z0-9_.*/(]+[A-Za-z0-9_.*/)]*)*\Z")
# Truth values in YAML 1.1: quoted, so that nobody misreads them.
_MISREAD = frozenset(("yes", "no", "on", "off"))


class Text(str):
    """Characters that stand in the YAML as they are: `$name`."""


def document(content: Mapping[str, Any]) -> str:
    """Return a mapping as the text of a YAML file."""
    lines: list[str] = []
    for key, value in content.items():
        if key in _APART:
            lines.append("")
        lines.extend(_entry(key, value, lined=key in _LINED))
    return "\n".join(lines).lstrip("\n") + "\n"


def _entry(key: str, value: Any, indent: int = 0, lined: bool = False) -> Iterator[str]:
    """Yield the lines of `key: value`, which stands `indent` columns in."""
    if isinstance(value, Mapping) and value and (lined or _holds_lists(value)):
        yield f"{scalar(key)}:"
        for inner, item in value.items():
            for line in _entry(inner, item, indent + 2, lined=_holds_lists(item)):
                yield f"  {line}"
    elif key in _LISTED and isinstance(value, list | tuple) and value:
        yield f"{scalar(key)}:"
        for item in value:
            yield from (f"  {line}" for line in _item(item, indent + 2))
    else:
        yield from _folded(scalar(key), value, WIDTH - indent)


def _folded(key: str, value: Any, width: int) -> Iterator[str]:
    """Yield `key: value` in as few lines as hold it; a mapping is broken between its items."""
    if not isinstance(value, Mapping) or not value:
        yield f"{key}: {flow(value)}"
        return
    line = f"{key}: {{"
    inside = " " * len(line)
    items = [f"{scalar(inner)}: {flow(item)}" for inner, item in value.items()]
    for item in (*(f"{item}," for item in items[:-1]), f"{items[-1]}}}"):
        if len(line) + 1 + len(item) > width and line != inside and not line.endswith("{"):
            yield line
            line = inside
        line += item if line == inside or line.endswith("{") else f" {item}"
    yield line


def _item(item: Any, indent: int) -> Iterator[str]:
    if not isinstance(item, Mapping):
        yield f"- {flow(item)}"
        return
    ((key, value),) = item.items()
    first, *more = _entry(key, value, indent + 2)
    yield f"- {first}"
    # What belongs to the key stands further in than the key, which follows the dash.
    yield from (f"  {line}" for line in more)


def _holds_lists(value: Any) -> bool:
    """Say whether a list of layers is somewhere in `value`."""
    if isinstance(value, Mapping):
        return any(
            (key in _LISTED and isinstance(item, list | tuple) and item) or _holds_lists(item)
            for key, item in value.items()
        )
    return isinstance(value, list | tuple) and any(_holds_lists(item) for item in value)


def flow(value: Any) -> str:
    """Return a value in flow style: `{filters: 8, strides: [1, 2]}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """Return a scalar so that the reader of specs, and any other, reads the same value."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Param):
        return f"${value.name}"
    if not isinstance(value, str):
        return plain_text_of(value)
    text = f"${value}" if value.startswith("$") else value
    if _PLAIN.match(text) and text.lower() not in _MISREAD and resolve(text) == text:
        return text
    if '"' in text and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    code = ord(character)
    if named is not None:
        return named
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
