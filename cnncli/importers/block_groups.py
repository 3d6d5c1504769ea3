"""Runs of lines that may become a block: what enters and leaves them, and their shape."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from cnncli.importers.from_config import single_number
from cnncli.importers.statements import Line, Link, Scope, links, mapped
from cnncli.network.backend import load_keras
from cnncli.network.objects import APPLICATION_LAYERS
from cnncli.spec.model import Param

_LONGEST = 64  # lines of a group
_MISSING = object()


@dataclass(frozen=True)
class Group:
    scope: Scope
    start: int
    stop: int
    entry: Link

    @property
    def lines(self) -> list[Line]:
        return self.scope.lines[self.start : self.stop]


def groups_of(scope: Scope, blocks: dict[str, Scope]) -> Iterator[tuple[int, Group]]:
    """Give every group of a scope with a key that is equal for groups of the same shape."""
    lines = scope.lines
    at = {id(line): number for number, line in enumerate(lines)}
    last_use = _last_uses(scope, at)
    keys = [_key(line, blocks) for line in lines]
    taken = [[(at.get(id(link.target)), link) for link in links(line.inputs)] for line in lines]
    for start in range(len(lines)):
        entry: Link | None = None
        reach, key = -1, 0
        for stop in range(start + 1, min(len(lines), start + _LONGEST) + 1):
            number = stop - 1
            if keys[number] is None:
                break
            shape: list[Any] = []
            for place, link in taken[number]:
                if place is not None and place >= start:
                    shape.append((number - place, link.index))
                    continue
                if entry is not None and link != entry:
                    shape = []
                    entry = None
                    break
                entry = link
                shape.append("entry")
            if entry is None:
                break
            key = hash((key, keys[number], _structure(lines[number].inputs), tuple(shape)))
            if stop - start > 1 and reach < stop:
                yield key, Group(scope, start, stop, entry)
            reach = max(reach, last_use[number])


def _last_uses(scope: Scope, at: dict[int, int]) -> list[int]:
    """Return, for each line, the number of the last line that takes it."""
    last = [-1] * len(scope.lines)
    for number, line in enumerate(scope.lines):
        for link in links(line.inputs):
            if isinstance(link.target, Line):
                last[at[id(link.target)]] = number
    for link in links(scope.output):
        if isinstance(link.target, Line):
            last[at[id(link.target)]] = len(scope.lines)
    return last


def _structure(inputs: Any) -> str:
    return repr(mapped(inputs, lambda link: 0))


def _key(line: Line, blocks: dict[str, Scope]) -> Any:
    """Return what lines that may stand for each other have in common; None for no others."""
    if line.again is not None or line.graph is not None:
        return None
    defaults = defaults_of(line.word, blocks)
    fixed = {key: repr(value) for key, value in line.arguments.items() if not _may_differ(value)}
    unknown = [key for key in line.arguments if defaults.get(key, _MISSING) is _MISSING]
    return (line.word, repr(dict(line.call)), line.repeat, repr(fixed), tuple(sorted(unknown)))


def _may_differ(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_may_differ(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str | Param)


def defaults_of(word: str, blocks: dict[str, Scope]) -> Mapping[str, Any]:
    """Return what each argument is when it is left out."""
    return blocks[word].params if word in blocks else _defaults_of_keras(word)


@cache
def _defaults_of_keras(word: str) -> Mapping[str, Any]:
    function: Any = load_keras()
    path = word if word.startswith("ops.") else f"layers.{word}"
    if word in APPLICATION_LAYERS:
        function, path = import_module(APPLICATION_LAYERS[word]), word
    for part in path.split("."):
        function = getattr(function, part)
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not parameter.empty and _may_differ(parameter.default)
    }


def columns_of(
    groups: list[Group], blocks: dict[str, Scope]
) -> dict[tuple[int, str], tuple[Any, ...]]:
    """Return, for each argument of each line of the groups, its values in all of them."""
    columns = {}
    for number in range(len(groups[0].lines)):
        lines = [group.lines[number] for group in groups]
        defaults = defaults_of(lines[0].word, blocks)
        for key in dict.fromkeys(key for line in lines for key in line.arguments):
            default = defaults.get(key)
            single = single_number(default)
            if single is not None and all(_is_single(v.arguments.get(key, 1)) for v in lines):
                default = single  # 2 beside (1, 1)
            values = (line.arguments.get(key, default) for line in lines)
            columns[number, key] = tuple(Value(value) for value in values)
    return columns


def _is_single(value: Any) -> bool:
    return type(value) is int or isinstance(value, Param)


class Value:
    """A value that is told apart from what Python takes for equal (1, 1.0 and True)."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and repr(self.value) == repr(other.value)

    def __hash__(self) -> int:
        return hash(repr(self.value))
