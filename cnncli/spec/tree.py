"""What a YAML text says, before it is understood: scalars, lists and mappings with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnncli.spec.graph import Position
from cnncli.spec.model import Param
from cnncli.visible import visible


@dataclass(slots=True)
class Scalar:
    """A value: None, bool, int, float or str; `text` is how it was written."""

    value: Any
    text: str
    where: Position


@dataclass(slots=True)
class Sequence:
    """A list."""

    items: list[Tree]
    where: Position


@dataclass(slots=True)
class Entry:
    """A value of a mapping, and where its key stands."""

    value: Tree
    key: Position


@dataclass(slots=True)
class Table:
    """A mapping; its keys are texts, in the order of the file."""

    entries: dict[str, Entry]
    where: Position
    # Keys written again: (key, place of the second, line of the first).
    repeated: list[tuple[str, Position, int]] = field(default_factory=list)


Tree = Scalar | Sequence | Table


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield `tree` and everything in it; what aliases share is met once."""
    seen: set[int] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if type(node) is Scalar:
            yield node
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Sequence):
            waiting.extend(node.items)
        elif isinstance(node, Table):
            waiting.extend(entry.value for entry in node.entries.values())


def from_value(value: Any, where: Position) -> Tree:
    """Return plain Python data as a tree that stands at one place."""
    if isinstance(value, Mapping):
        entries = {str(key): Entry(from_value(item, where), where) for key, item in value.items()}
        return Table(entries, where)
    if isinstance(value, list | tuple):
        return Sequence([from_value(item, where) for item in value], where)
    return Scalar(value, str(value), where)


def to_value(tree: Tree) -> Any:
    """Return a tree as plain Python data: lists are tuples, mappings dictionaries."""
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, Sequence):
        return tuple(to_value(item) for item in tree.items)
    return {key: to_value(entry.value) for key, entry in tree.entries.items()}


def kind(tree: Tree) -> str:
    """Say what a tree is, for a message: `the text "abc"`, `a list`, `nothing`."""
    if isinstance(tree, Sequence):
        return "a list"
    if isinstance(tree, Table):
        return "a mapping"
    return describe(tree.value)


def describe(value: Any) -> str:
    """Say what a value is, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{shorten(value)}"'
    if isinstance(value, int | float):
        return f"the number {shorten(str(value))}"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, Param):
        return f"the parameter ${shorten(value.name)}"
    return "a list" if isinstance(value, list | tuple) else f"a {value.class_name}"


def shorten(text: str, limit: int = 60) -> str:
    """Return `text` fit to be quoted in one line of a message."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in visible(text))
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."
