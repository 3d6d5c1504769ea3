"""`--set PATH=VALUE`: one value of a spec put in the place of another, before it is checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cnncli.errors import UsageError
from cnncli.spec.graph import Position
from cnncli.spec.problems import near
from cnncli.spec.tree import Entry, Scalar, Table, Tree, from_value, kind
from cnncli.spec.tree import Sequence as ListTree

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,6})\]")
# Sections that need not stand in the file.
_MADE = ("training",)


def apply_overrides(tree: Table, overrides: Sequence[tuple[str, Any]], name: str) -> Table:
    """Return `tree` with each (path, value) applied in order.

    A path is `layers[0].filters` (the class between the two is skipped), `training.optimizer`,
    `blocks.residual.layers[2].strides`, `params.rate`. Raises UsageError when it leads nowhere.
    """
    for index, (path, value) in enumerate(overrides):
        where = Position(-index - 1, 1)
        changed = _set(tree, _steps(path), from_value(value, where), _Path(path, name, where))
        assert isinstance(changed, Table)
        tree = changed
    return tree


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or (at == 0 and path[0] == "."):
            raise UsageError(
                f'"{path}" is no path into a spec', hint="A path reads like layers[0].filters"
            )
        steps.append(match[1] if match[1] is not None else int(match[2]))
        at = match.end()
    if not steps:
        raise UsageError("an empty path leads nowhere", hint="A path reads like layers[0].filters")
    return steps


class _Path:
    """The path under way, for messages."""

    def __init__(self, path: str, name: str, where: Position) -> None:
        self.path = path
        self.name = name
        self.where = where

    def leads_nowhere(self, message: str, hint: str | None = None) -> UsageError:
        return UsageError(
            f'{self.name}: the path "{self.path}" leads nowhere: {message}', hint=hint
        )


def _set(
    tree: Tree, steps: list[str | int], value: Tree, path: _Path, *, item: bool = False
) -> Tree:
    """Return `tree` with `value` where `steps` lead; what is not on the way is shared.

    `item` tells that `tree` is one of a list.
    """
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        return _set_item(tree, step, rest, value, path)
    if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value:
        tree = Table({tree.value: Entry(Table({}, tree.where), tree.where)}, tree.where)
    if isinstance(tree, Scalar) and tree.value is None:
        tree = Table({}, tree.where)
    if not isinstance(tree, Table):
        raise path.leads_nowhere(f'{kind(tree)} has no "{step}"')
    if step not in tree.entries and _is_thing(tree, item):
        ((word, entry),) = tree.entries.items()
        inside = Entry(_set(entry.value, steps, value, path), entry.key)
        return Table({word: inside}, tree.where, tree.repeated)
    return _set_key(tree, step, rest, value, path)


def _set_item(tree: Tree, index: int, rest: list[str | int], value: Tree, path: _Path) -> ListTree:
    if not isinstance(tree, ListTree):
        raise path.leads_nowhere(f"[{index}] is asked of {kind(tree)}")
    if index >= len(tree.items):
        number = "one item" if len(tree.items) == 1 else f"{len(tree.items)} items"
        raise path.leads_nowhere(f"the list has {number}, numbered from 0")
    items = list(tree.items)
    items[index] = _set(items[index], rest, value, path, item=True)
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
    changed = Entry(_set(inner, rest, value, path), entry.key if entry else path.where)
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
