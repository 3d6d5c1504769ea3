"""`$name`: parameters filled in, as whole values with their types kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.errors import UsageError
from cnncli.spec import slips
from cnncli.spec.graph import Position
from cnncli.spec.layers import BESIDE
from cnncli.spec.model import Param, Rounded
from cnncli.spec.problems import Problems, near
from cnncli.spec.rounding import settle
from cnncli.spec.tree import (
    Entry,
    Scalar,
    Table,
    Tree,
    from_value,
    kind,
    shorten,
    to_value,
    walk,
)
from cnncli.spec.tree import Sequence as ListTree


def declared(tree: Tree | None, problems: Problems, *, block: bool = False) -> dict[str, Entry]:
    """Return the parameters of a `params` section with their defaults."""
    if tree is None or (isinstance(tree, Scalar) and tree.value is None):
        return {}
    if not isinstance(tree, Table):
        problems.error(tree.where, f'"params" is a mapping, not {kind(tree)}')
        return {}
    for name, entry in tree.entries.items():
        if block and name in BESIDE:
            message = f'a parameter of a block cannot be called "{name}"'
            problems.error(entry.key, message, f"a layer says {name} beside its arguments")
    return dict(tree.entries)


def given_values(
    entries: Mapping[str, Entry], given: Mapping[str, Any], name: str, more: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the value of each parameter: the one given, or its default.

    Raises UsageError for a given name that the spec does not have; `more` are others that -p
    takes, for the hint.
    """
    names = [*entries, *more]
    for key in given:
        if key not in entries:
            known = f"It has {', '.join(names)}." if names else "It has none."
            raise UsageError(f'{name} has no parameter "{key}"', hint=near(key, names) or known)
    values = {key: to_value(entry.value) for key, entry in entries.items()}
    return {**values, **given}


class Filler:
    """Replaces `$name` by values; remembers which it filled in where."""

    def __init__(
        self, values: Mapping[str, Any], problems: Problems, *, anywhere: bool = True
    ) -> None:
        self.values = values
        self.anywhere = anywhere  # False where it is known that no $ stands in the file
        self.problems = problems
        self.places: dict[Position, str] = {}
        self.unknown = False  # whether a $name stood for nothing

    def fill(self, tree: Tree, own: Mapping[str, Any] | None = None) -> Tree:
        """Return `tree` with its parameters filled in; those of `own` stay, as a Param."""
        if not self.anywhere or not any(map(_begins_with_dollar, walk(tree))):
            return tree
        return self._fill(tree, own or {})

    def _fill(self, tree: Tree, own: Mapping[str, Any]) -> Tree:
        if isinstance(tree, ListTree):
            return ListTree([self._fill(item, own) for item in tree.items], tree.where)
        if isinstance(tree, Table):
            entries = {
                name: Entry(self._fill(entry.value, own), entry.key)
                for name, entry in tree.entries.items()
            }
            return Table(entries, tree.where)
        return self._scalar(tree, own) if _begins_with_dollar(tree) else tree

    def _scalar(self, tree: Scalar, own: Mapping[str, Any]) -> Tree:
        name = tree.value[1:]
        if name.startswith("$"):
            return Scalar(name, tree.text, tree.where)
        if name in own:
            return Scalar(Param(name, tree.where), tree.text, tree.where)
        if name in self.values:
            self.places[tree.where] = name
            return from_value(self.values[name], tree.where)
        self.unknown = True
        known = [*own, *self.values]
        hint = slips.of_parameter(name) or near(name, known)
        self.problems.error(
            tree.where,
            f'there is no parameter "{shorten(name)}"',
            hint or 'parameters are listed under "params"; a text that begins with $ is "$$..."',
        )
        return Scalar(None, tree.text, tree.where)


def _begins_with_dollar(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value[:1] == "$"


def with_params(value: Any, params: Mapping[str, Any], problems: Problems) -> Any:
    """Return plain data with the parameters of the block around it filled in."""
    if isinstance(value, Param):
        return params.get(value.name)
    if isinstance(value, Rounded):
        return settle(value, params, problems)
    if isinstance(value, tuple):
        return tuple(with_params(item, params, problems) for item in value)
    if isinstance(value, Mapping):
        return {key: with_params(item, params, problems) for key, item in value.items()}
    return value
