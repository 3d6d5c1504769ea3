"""Groups of lines that repeat in a network, found and written once as blocks.

A group is a run of neighbouring lines that one result enters and one leaves. Groups of the
same classes, linked in the same way, become one block; the arguments in which they differ
become its params. The group that saves most lines goes first, then the next, in the bodies of
the blocks as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from cnncli.importers.block_groups import Group, Value, columns_of, groups_of
from cnncli.importers.block_names import block_name, parameter_names, role_of
from cnncli.importers.from_config import NOWHERE
from cnncli.importers.statements import Line, Link, Scope, links, mapped
from cnncli.spec.model import Param
from cnncli.spec.yaml_text import WIDTH

_MOST_PARAMS = 8  # of a block; with more, nobody sees what it is
_WORTH = 3  # lines that a block must save
_ENDINGS = ("Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")


def find_blocks(scope: Scope) -> dict[str, Scope]:
    """Group the lines of `scope`, in place; return the blocks by name, inner ones first."""
    blocks: dict[str, Scope] = {}
    merge_repeats(scope)
    while True:
        groups = _best([scope, *blocks.values()], blocks)
        if groups is None:
            break
        name = block_name(groups[0].lines, set(blocks))
        body = _extract(groups, name, blocks)
        blocks = {name: body, **blocks}
        for changed in (scope, *blocks.values()):
            merge_repeats(changed)
    return dict(_in_order(blocks))


def _in_order(blocks: dict[str, Scope]) -> Iterator[tuple[str, Scope]]:
    """Give each block behind those that its body uses."""
    given: set[str] = set()
    while len(given) < len(blocks):
        for name, body in blocks.items():
            needed = {line.word for line in body.lines if line.word in blocks}
            if name not in given and needed <= given:
                given.add(name)
                yield name, body


def _best(scopes: Sequence[Scope], blocks: dict[str, Scope]) -> list[Group] | None:
    """Return the groups, of one shape, that save most lines; None when none saves enough."""
    found: dict[int, list[Group]] = defaultdict(list)
    for scope in scopes:
        for key, group in groups_of(scope, blocks):
            found[key].append(group)
    best, best_saving = None, float(_WORTH - 1)
    for groups in sorted(found.values(), key=_most_saved, reverse=True):
        if _most_saved(groups) <= best_saving:
            break
        apart = _apart(groups)
        saving = _saving(apart, blocks)
        if saving >= _WORTH and saving - _oddness(apart[0]) > best_saving:
            best, best_saving = apart, saving - _oddness(apart[0])
    return best


def _most_saved(groups: list[Group]) -> int:
    """Return how many lines a block for `groups` could save at most."""
    length = sum(_height(line.word, line.arguments) for line in groups[0].lines)
    return (len(groups) - 1) * length


def _apart(groups: list[Group]) -> list[Group]:
    """Return those of `groups` that do not overlap, the first ones kept."""
    kept: list[Group] = []
    for group in groups:
        before = kept[-1] if kept else None
        if before is None or before.scope is not group.scope or before.stop <= group.start:
            kept.append(group)
    return kept


def _saving(groups: list[Group], blocks: dict[str, Scope]) -> int:
    """Return how many lines of text a block for `groups` would save."""
    if len(groups) < 2:
        return 0
    differing = _differing(groups, blocks)
    names = parameter_names(differing, [group.lines for group in groups])
    params = {names[column]: _commonest(column, groups) for column in differing.values()}
    if len(params) > _MOST_PARAMS:
        return 0
    uses = [_height("residual", _said(number, names, params)) for number in range(len(groups))]
    for number, (before, group) in enumerate(pairwise(groups), start=1):
        uses[number] *= not _follows(group, before)
    length = sum(_height(line.word, line.arguments) for line in groups[0].lines)
    return len(groups) * length - sum(uses) - length - 2 - bool(params) * _height("", params)


def _height(word: str, arguments: Mapping[str, Any]) -> int:
    """Return about how many lines of text a line of a spec takes."""
    said = {n: f"${v.name}" if isinstance(v, Param) else v for n, v in arguments.items()}
    width = len(f"      - {word}: {said}") - 2 * len(said)
    return 1 + (width - 1) // WIDTH


def _oddness(group: Group) -> float:
    """Return how little sense the cuts of a group make, to choose among those that save as much."""
    lines = group.scope.lines
    before = lines[group.start - 1] if group.start else None
    after = lines[group.stop : group.stop + 1]
    first, last = group.lines[0], group.lines[-1]
    return 0.4 * _belongs(first, before) + 0.4 * any(_belongs(line, last) for line in after)


def _belongs(line: Line, before: Line | None) -> bool:
    """Whether a line belongs to the one before it: activations do, and what evens out weights."""
    if line.word in _ENDINGS:
        return True
    weighted = before is not None and before.word.endswith(("Conv2D", "Conv1D", "Dense"))
    return weighted and line.word.endswith("Normalization")


def _follows(group: Group, before: Group) -> bool:
    """Whether `group` is a repetition of the one before it."""
    return (
        group.scope is before.scope
        and group.start == before.stop
        and group.entry == Link(before.lines[-1])
        and [line.arguments for line in group.lines] == [line.arguments for line in before.lines]
    )


_Columns = dict[tuple[int, str], tuple["Value", ...]]


def _differing(groups: list[Group], blocks: dict[str, Scope]) -> _Columns:
    """Return those arguments of a block's lines that must be its params."""
    return {
        place: column
        for place, column in columns_of(groups, blocks).items()
        if len(set(column)) > 1 or any(isinstance(value.value, Param) for value in column)
    }


def _extract(groups: list[Group], name: str, blocks: dict[str, Scope]) -> Scope:
    """Make the block of `groups` and put uses of it in their place."""
    differing = _differing(groups, blocks)
    names = parameter_names(differing, [group.lines for group in groups])
    params = {names[column]: _commonest(column, groups) for column in differing.values()}
    body = _body(groups, differing, names, params)
    for number, group in reversed(list(enumerate(groups))):
        _replace(group, name, _said(number, names, params))
    return body


def _said(
    number: int, names: Mapping[tuple[Value, ...], str], params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments that one use of a block must give."""
    arguments = {name: column[number].value for column, name in names.items()}
    return {k: v for k, v in arguments.items() if repr(v) != repr(params[k])}


def _commonest(column: tuple[Value, ...], groups: list[Group]) -> Any:
    """Return the value that most uses have: the default of a param."""
    plain = [value for value in column if not isinstance(value.value, Param)]
    if plain:
        return max(plain, key=plain.count).value
    return groups[0].scope.params[column[0].value.name]


def _body(
    groups: list[Group],
    differing: dict[tuple[int, str], tuple[Any, ...]],
    names: dict[tuple[Any, ...], str],
    params: dict[str, Any],
) -> Scope:
    copies: dict[int, Line] = {}

    def inner(link: Link) -> Link:
        if isinstance(link.target, Line) and id(link.target) in copies:
            return Link(copies[id(link.target)], link.index)
        return Link("input")

    for number, line in enumerate(groups[0].lines):
        given = {key: names[column] for (at, key), column in differing.items() if at == number}
        arguments = {
            key: Param(given[key], NOWHERE) if key in given else line.arguments[key]
            for key in dict.fromkeys((*line.arguments, *given))
        }
        copies[id(line)] = Line(
            word=line.word,
            arguments=arguments,
            inputs=mapped(line.inputs, inner),
            call=line.call,
            repeat=line.repeat,
            role=role_of([group.lines[number] for group in groups]),
        )
    return Scope(list(copies.values()), params=params)


def _replace(group: Group, name: str, arguments: dict[str, Any]) -> None:
    """Put a use of the block `name` in the place of `group`."""
    use = Line(word=name, arguments=arguments, inputs=group.entry)
    last = group.lines[-1]
    lines = group.scope.lines
    lines[group.start : group.stop] = [use]
    retarget(group.scope, last, use)


def retarget(scope: Scope, old: Line, new: Line) -> None:
    """Let all that takes the result of `old` take that of `new`."""

    def change(link: Link) -> Link:
        return Link(new, link.index) if link.target is old else link

    for line in scope.lines:
        line.inputs = mapped(line.inputs, change)
    scope.output = mapped(scope.output, change)


def merge_repeats(scope: Scope) -> None:
    """Write neighbours that do the same to each other's result as one line with `repeat`."""
    uses: dict[int, int] = defaultdict(int)
    for inputs in (*(line.inputs for line in scope.lines), scope.output):
        for link in links(inputs):
            uses[id(link.target)] += 1
    number = 1
    while number < len(scope.lines):
        before, line = scope.lines[number - 1], scope.lines[number]
        if uses[id(before)] == 1 and line.inputs == Link(before) and _same(before, line):
            before.repeat += line.repeat
            before.name = None
            uses[id(before)] = uses[id(line)]
            del scope.lines[number]
            retarget(scope, line, before)
        else:
            number += 1


def _same(one: Line, other: Line) -> bool:
    def said(line: Line) -> tuple[Any, ...]:
        return line.word, repr(line.arguments), repr(dict(line.call))

    plain = all(
        line.again is None and line.graph is None and isinstance(line.inputs, Link)
        for line in (one, other)
    )
    return plain and said(one) == said(other)
