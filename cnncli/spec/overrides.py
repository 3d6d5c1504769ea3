"""`--set PATH=VALUE`: one value of a spec put in the place of another, before it is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnncli.errors import UsageError
from cnncli.spec.graph import Position
from cnncli.spec.model import Change
from cnncli.spec.problems import near
from cnncli.spec.tree import Entry, Scalar, Table, Tree, from_value, kind, to_value
from cnncli.spec.tree import Sequence as ListTree

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(-?\d{1,6})\]")
# What a path may begin with; anything else is the name of a layer.
KEYS = (
    "name",
    "description",
    "seed",
    "extends",
    "params",
    "presets",
    "input",
    "preprocess",
    "resize",
    "dtype",
    "blocks",
    "layers",
    "output",
    "training",
    "changes",
)
# Sections that need not stand in the file.
_MADE = ("training",)
# The items of lists under these keys are sections, not things.
_SECTIONS = ("phases",)


# Reads a tree as far as it goes, and returns the path of each row of the network by its name.
Rows = Callable[[Table], Mapping[str, str]]


class NoSuchPath(Exception):
    """A path leads nowhere in a spec."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def apply_overrides(
    tree: Table, overrides: Sequence[tuple[str, Any]], name: str, rows: Rows = lambda tree: {}
) -> tuple[Table, tuple[Change, ...]]:
    """Return `tree` with each (path, value) applied in order, and what that changed.

    Raises UsageError when a path leads nowhere; see `changed`.
    """
    changes = []
    for index, (path, value) in enumerate(overrides):
        try:
            where = Position(-index - 1, 1)
            tree, change = changed(tree, path, Entry(from_value(value, where), where), rows)
        except NoSuchPath as error:
            raise UsageError(f"{name}: {error.message}", hint=error.hint) from None
        changes.append(change)
    return tree, tuple(changes)


def changed(tree: Table, path: str, given: Entry, rows: Rows) -> tuple[Table, Change]:
    """Return `tree` with the value of `given` where `path` leads, and what that changed.

    A path is `layers[0].filters` (the class between the two is skipped), `layers[-1].units`,
    `training.optimizer`, `blocks.residual.layers[2].strides`, `params.rate`, or begins with the
    name of a layer as a summary shows it, `conv2d_1.filters`, which `rows` look up. Raises
    NoSuchPath when it leads nowhere.
    """
    steps, at = _located(tree, _steps(path), _Path(path, given.key), rows)
    done = _set(tree, steps, given.value, at)
    assert isinstance(done, Table)
    return done, Change(_counted(tree, steps), _get(tree, steps), to_value(given.value))


def position(tree: Table, path: str, rows: Rows) -> Position | None:
    """Return where what a path leads to stands; of what is not said, where it would be said.

    None where nothing of it is said. Raises NoSuchPath.
    """
    steps, _ = _located(tree, _steps(path), _Path(path, tree.where), rows)
    for number in range(len(steps), 0, -1):
        found = _inside(tree, steps[:number])
        if isinstance(found, ListTree) and number < len(steps):  # it has no such item
            above = _inside(tree, steps[: number - 1]) if number > 1 else tree
            entry = above.entries.get(str(steps[number - 1])) if isinstance(above, Table) else None
            return entry.key if entry is not None else found.where
        if found is not None:
            return found.where
    return None


def _located(
    tree: Table, steps: list[str | int], path: _Path, rows: Rows
) -> tuple[list[str | int], _Path]:
    """Return the path from the top of the file: what begins with a layer's name is looked up."""
    first = steps[0]
    if isinstance(first, int) or first in tree.entries or first in KEYS:
        return steps, path
    named = rows(tree)
    place = named.get(first)
    if place is None:
        if len(steps) == 1:  # the reader says that a spec has no such key
            return steps, path
        hint = near(first, [*named, *KEYS])
        raise path.leads_nowhere(f'no key and no layer is called "{first}"', hint)
    several = sum(other == place for other in named.values())
    if several > 1:
        raise path.leads_nowhere(
            f'"{first}" is one of {several} layers that stand at the same place of the file',
            f"{place} changes all of them",
        )
    written = place + path.path[len(first) :]
    return _steps(written), _Path(written, path.where)


def _get(tree: Tree | None, steps: Sequence[str | int]) -> Any:
    """Return what stands where `steps` lead, as plain data; None for nothing."""
    found = _inside(tree, steps)
    return None if found is None else to_value(found)


def _inside(tree: Tree | None, steps: Sequence[str | int]) -> Tree | None:
    for step in steps:
        if isinstance(step, int):
            found_item = tree.items[step : step + 1 or None] if isinstance(tree, ListTree) else []
            tree = found_item[0] if found_item else None
        elif isinstance(tree, Table):
            if step not in tree.entries and len(tree.entries) == 1:
                ((_, entry),) = tree.entries.items()
                tree = entry.value
            found = tree.entries.get(step) if isinstance(tree, Table) else None
            tree = found.value if found is not None else None
        else:
            tree = None
    return tree


def _counted(tree: Tree | None, steps: Sequence[str | int]) -> str:
    """Write a path down as a summary shows it: `layers[17].units` for `layers[-1].units`."""
    written = ""
    for index, step in enumerate(steps):
        if isinstance(step, int):
            items = _inside(tree, steps[:index])
            assert isinstance(items, ListTree)
            written += f"[{step % len(items.items)}]"
        else:
            written += f".{step}" if written else step
    return written


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or (at == 0 and path[0] == "."):
            raise NoSuchPath(
                f'"{path}" is no path into a spec', "A path reads like layers[0].filters"
            )
        steps.append(match[1] if match[1] is not None else int(match[2]))
        at = match.end()
    if not steps:
        raise NoSuchPath("an empty path leads nowhere", "A path reads like layers[0].filters")
    return steps


class _Path:
    """The path under way, for messages."""

    def __init__(self, path: str, where: Position) -> None:
        self.path = path
        self.where = where

    def leads_nowhere(self, message: str, hint: str | None = None) -> NoSuchPath:
        return NoSuchPath(f'the path "{self.path}" leads nowhere: {message}', hint)

    def names_another(self, step: str, word: str) -> NoSuchPath:
        hint = self.path.replace(f".{step}", f".{word}")
        return self.leads_nowhere(f"{word} stands there, not {step}", hint)


def _set(
    tree: Tree,
    steps: list[str | int],
    value: Tree,
    path: _Path,
    *,
    item: bool = False,
    key: str | None = None,
) -> Tree:
    """Return `tree` with `value` where `steps` lead; what is not on the way is shared.

    `item` tells that `tree` is a thing in a list, `key` the key under which it stands.
    """
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        return _set_item(tree, step, rest, value, path, things=key not in _SECTIONS)
    if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value:
        tree = Table({tree.value: Entry(Table({}, tree.where), tree.where)}, tree.where)
    if isinstance(tree, Scalar) and tree.value is None:
        tree = Table({}, tree.where)
    if not isinstance(tree, Table):
        raise path.leads_nowhere(f'{kind(tree)} has no "{step}"')
    if step not in tree.entries and _is_thing(tree, item):
        ((word, entry),) = tree.entries.items()
        if step[:1].isupper():  # as the names of classes are, and those of arguments are not
            raise path.names_another(step, word)
        inside = Entry(_set(entry.value, steps, value, path), entry.key)
        return Table({word: inside}, tree.where, tree.repeated)
    return _set_key(tree, step, rest, value, path)


def _set_item(
    tree: Tree, index: int, rest: list[str | int], value: Tree, path: _Path, *, things: bool
) -> ListTree:
    if not isinstance(tree, ListTree):
        raise path.leads_nowhere(f"[{index}] is asked of {kind(tree)}")
    if not -len(tree.items) <= index < len(tree.items):
        number = "one item" if len(tree.items) == 1 else f"{len(tree.items)} items"
        raise path.leads_nowhere(f"the list has {number}, numbered from 0 (-1 is the last)")
    items = list(tree.items)
    items[index] = _set(items[index], rest, value, path, item=things)
    return ListTree(items, tree.where)


def _set_key(tree: Table, key: str, rest: list[str | int], value: Tree, path: _Path) -> Table:
    entry = tree.entries.get(key)
    if entry is None and rest:
        if key not in _MADE:
            known = ", ".join(tree.entries) or "nothing"
            hint = near(key, tree.entries) or "A path reads like layers[0].filters (from 0 on)"
            raise path.leads_nowhere(f'there is no "{key}" among {known}', hint)
        entry = Entry(Table({}, path.where), path.where)
    inner = entry.value if entry is not None else Table({}, path.where)
    changed = Entry(_set(inner, rest, value, path, key=key), entry.key if entry else path.where)
    return Table({**tree.entries, key: changed}, tree.where, tree.repeated)


def _is_thing(tree: Table, item: bool) -> bool:
    """Say whether a mapping is `Class: {...}` or a block's use, whose key a path skips.

    A block is used in a list only: elsewhere a word in lower case is the key of a section.
    """
    if len(tree.entries) != 1:
        return False
    ((word, entry),) = tree.entries.items()
    if not item and not word[:1].isupper():
        return False
    return isinstance(entry.value, Table) or (
        isinstance(entry.value, Scalar) and entry.value.value is None
    )
