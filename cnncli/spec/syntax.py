"""What a YAML parser says of a text that is no YAML, in words for whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from cnncli.errors import Problem
from cnncli.spec.graph import Position
from cnncli.spec.model import Source
from cnncli.spec.tree import shorten

_CLOSING = {"{": "}", "[": "]"}
# A class whose arguments follow without the ": " between them.
_NO_COLON = re.compile(r"\s*(?:- +)*([A-Za-z_][\w.]*)(:?)(\s*)\{")
# A path with brackets as a key, which within { } has to be quoted.
_PATH_AS_KEY = re.compile(r"[\w.-]+(?:\[-?\d+\][\w.-]*)+(?=\s*:(?:\s|$))")
# Where to show it, what is wrong, and a hint.
Explained = tuple[Position | None, str, str | None]
_Explain = Callable[[Source, Position, str], Explained]


def syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """Return what is wrong, at the place where a person would mend it."""
    where, message, hint = _explained(source, error)
    return source.problem(where, f"no YAML: {message}", hint)


def _explained(source: Source, error: yaml.MarkedYAMLError) -> Explained:
    begun = _position(error.context_mark)
    where = _position(error.problem_mark) or begun
    said = (error.problem or error.context or "it cannot be read").strip()
    if where is None:
        return where, said, None
    line = source.line(where.line) or ""
    found = line[where.column - 1 : where.column]
    if "\\t" in said or "\t" in line:
        said = "a tab cannot stand here" if found == "\t" else said
        return where, said, "YAML is indented with spaces, not with tabs"
    if begun is not None and where.line > begun.line:
        unclosed = _unclosed(source, begun, error.context or "")
        if unclosed is not None:
            return unclosed
    for words, explain in _EXPLANATIONS:
        if any(word in said for word in words):
            return explain(source, begun if explain is _no_colon and begun else where, line)
    if found in ("%", "@", "`"):
        return where, f'no text begins with "{found}"', "put it in quotes"
    return where, said, None


def _position(mark: yaml.Mark | None) -> Position | None:
    return Position(mark.line + 1, mark.column + 1) if mark is not None else None


def _unclosed(source: Source, begun: Position, context: str) -> Explained | None:
    """Say that a bracket or quote is not closed; None where that is not what is wrong."""
    opened = (source.line(begun.line) or "")[begun.column - 1 : begun.column]
    if "quoted scalar" in context:
        return begun, "the text that begins with this quote does not end", None
    if "flow" in context and opened in _CLOSING:
        return begun, f'this "{opened}" is not closed', f'end it with "{_CLOSING[opened]}"'
    return None


def _in_brackets(source: Source, where: Position, line: str) -> Explained:
    found = line[where.column - 1 : where.column]
    for path in _PATH_AS_KEY.finditer(line):
        if path.start() < where.column <= path.end():
            place = Position(where.line, path.start() + 1, len(path[0]))
            return place, "quote this path: a bracket begins a list here", f'write "{path[0]}":'
    if found == "{" and line[where.column - 2 : where.column - 1] == "$":
        return where, 'a "{" cannot stand here', "a parameter is written $name, without brackets"
    return where, f'a comma or a bracket is missing before this "{found}"', None


def _misplaced_colon(source: Source, where: Position, line: str) -> Explained:
    if "\N{NO-BREAK SPACE}" in line:
        column = line.index("\N{NO-BREAK SPACE}") + 1
        place = Position(where.line, column)
        return place, "a no-break space stands here", "write a plain space in its place"
    match = _NO_COLON.match(line)
    if match is not None and (not match[2] or not match[3]):
        place = Position(where.line, match.start(1) + 1, len(match[1]))
        missing = "a space is missing after the colon" if match[2] else "a colon is missing"
        return place, missing, f'write "{match[1]}: {{"'
    number, before = _line_before(source, where.line)
    if ":" not in before and not before.lstrip().startswith("- ") and before:
        return _no_colon(source, Position(number, _indent(before) + 1), before)
    if _indent(line) > _indent(before):
        return _ill_indented(source, where, line)
    return where, 'this ":" cannot stand here', 'put a text with ": " in it in quotes'


def _ill_indented(source: Source, where: Position, line: str) -> Explained:
    return (
        Position(where.line, _indent(line) + 1),
        "this line is indented unlike those before it",
        "what belongs to one list or mapping begins in the same column",
    )


def _no_colon(source: Source, where: Position, line: str) -> Explained:
    text = (source.line(where.line) or "")[where.column - 1 :].strip()
    said = f'a colon is missing after "{shorten(text, 30)}"'
    return where, said, 'a key reads like "name: value", an item of a list like "- item"'


def _no_key(source: Source, where: Position, line: str) -> Explained:
    found = line[where.column - 1 : where.column]
    if found in ("}", "]", ","):
        return where, f'this "{found}" closes nothing', None
    return _ill_indented(source, where, line)


def _no_dash(source: Source, where: Position, line: str) -> Explained:
    return where, "this line stands in a list", 'begin each item with "- "'


def _no_value(source: Source, where: Position, line: str) -> Explained:
    return where, f'a value is missing before this "{line[where.column - 1 : where.column]}"', None


def _misplaced_list(source: Source, where: Position, line: str) -> Explained:
    return where, "a list cannot begin here", 'begin it in a line of its own, each item with "- "'


# What the parser says (libyaml's words, then PyYAML's own) -> how to say it.
_EXPLANATIONS: tuple[tuple[tuple[str, ...], _Explain], ...] = (
    (("expected ',' or",), _in_brackets),
    (("mapping values are not allowed",), _misplaced_colon),
    (("could not find expected ':'",), _no_colon),
    (("expected '-' indicator", "but found '?'"), _no_dash),
    (("did not find expected key", "expected <block end>"), _no_key),
    (("node content",), _no_value),
    (("sequence entries are not allowed",), _misplaced_list),
)


def _line_before(source: Source, number: int) -> tuple[int, str]:
    """Return the nearest line above that says something, and its number."""
    for before in range(number - 1, 0, -1):
        line = source.lines[before - 1].partition(" #")[0].rstrip()
        if line.strip() and not line.lstrip().startswith("#"):
            return before, line
    return 0, ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
