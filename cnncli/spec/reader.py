"""YAML text -> tree, safely: no tags, no merge keys, and bounds on size, depth and aliases.

PyYAML's event stream is iterative, so that a bound is met before anything is built; the
composer above it recurses and, in C, crashes on deep nesting.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import yaml

from cnncli.errors import Problem, SpecError, UsageError
from cnncli.spec.graph import Position
from cnncli.spec.model import Source
from cnncli.spec.scalars import NumberTooLarge, resolve
from cnncli.spec.syntax import syntax_problem
from cnncli.spec.tree import Entry, Scalar, Sequence, Table, Tree, shorten

MOST_BYTES = 4_000_000
MOST_DEPTH = 64
MOST_NODES = 100_000
# What the classic bombs are made of; a spec of 50,000 values needs no such multiplication.
MOST_NODES_BY_ALIASES = 50_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_file(path: Path) -> bytes:
    """Return the bytes of a spec file, no more than a spec may have.

    Raises UsageError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except IsADirectoryError:
        raise UsageError(f"{path} is a directory, not a spec file") from None
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def read_stdin() -> bytes:
    """Return the bytes of a spec on standard input, no more than a spec may have."""
    return sys.stdin.buffer.read(MOST_BYTES + 1)


def decode(content: bytes | str, name: str, number: int = 0) -> Source:
    """Return the text of a spec: UTF-8, with or without a byte-order mark.

    Raises SpecError for anything else, and for more than 4 MB.
    """
    nothing = Source(name, "")
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    if len(content) > MOST_BYTES:
        raise SpecError([nothing.problem(None, f"larger than {MOST_BYTES:,} bytes: no spec")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError([_not_text(content, error, nothing)]) from None
    if "\0" in text:
        raise SpecError([nothing.problem(None, "this is a binary file, not a text")])
    return Source(name, text, number=number)


def _not_text(content: bytes, error: UnicodeDecodeError, source: Source) -> Problem:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return source.problem(None, "this is UTF-16; a spec is UTF-8", "Save it as UTF-8.")
    if b"\0" in content[:1000]:
        return source.problem(None, "this is a binary file, not a text")
    before = content[: error.start].decode("utf-8", "replace")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return source.problem(
        Position(line, column), f"byte 0x{content[error.start]:02x} is no UTF-8; a spec is UTF-8"
    )


def read(source: Source) -> Tree | None:
    """Return the one document of a text as a tree; None when there is nothing in it.

    Raises SpecError, with line and column, for what is no YAML, or more than a spec may be.
    """
    try:
        return _Builder(source).build(yaml.parse(source.text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        raise SpecError([syntax_problem(source, error)]) from None
    except yaml.reader.ReaderError as error:
        where = _place(source.text, error.position if isinstance(error.position, int) else 0)
        message = f"character {_code(error.character)} is not allowed in YAML"
        raise SpecError([source.problem(where, message)]) from None
    except yaml.YAMLError as error:
        raise SpecError([source.problem(None, f"no YAML: {error}")]) from None


def _code(character: Any) -> str:
    return f"U+{character if isinstance(character, int) else ord(character[:1] or ' '):04X}"


def _place(text: str, index: int) -> Position:
    return Position(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


class _Builder:
    """Makes a tree of events, iteratively, and stops at the bounds."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.anchors: dict[str, tuple[Tree, int]] = {}
        self.nodes = 0
        self.by_aliases = 0
        self.open: list[_Open] = []
        self.root: Tree | None = None

    def build(self, events: Iterator[Any]) -> Tree | None:
        handlers: dict[type, Any] = {
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)
        return self.root

    def _document(self, event: Any) -> None:
        if self.root is not None:
            self._stop(self._where(event), "a second document begins here; a spec is one document")

    def _scalar(self, event: Any) -> None:
        where = self._where(event)
        text = value = event.value
        if event.tag is not None:
            self._tag(where, event.tag)
        if event.implicit[0]:
            try:
                value = resolve(text)
            except NumberTooLarge:
                self._stop(where, f"{shorten(text, 30)} does not fit 64 bits")
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._stop(where, f"more than {MOST_NODES:,} values: no spec")
        self._add(Scalar(value, text, where), event.anchor)

    def _start(self, event: Any) -> None:
        where = self._where(event)
        if event.tag is not None:
            self._tag(where, event.tag)
        if len(self.open) >= MOST_DEPTH:
            self._stop(where, f"nested more than {MOST_DEPTH} levels deep")
        sequence = type(event) is yaml.SequenceStartEvent
        self._key_must_be_text(where, not sequence)
        tree: Tree = Sequence([], where) if sequence else Table({}, where)
        self.nodes += 1
        self.open.append(_Open(tree, event.anchor, self.nodes + self.by_aliases))

    def _key_must_be_text(self, where: Position, mapping: bool) -> None:
        if self.open and type(self.open[-1].tree) is Table and self.open[-1].key is None:
            kind = "mapping" if mapping else "list"
            self._stop(where, f"a {kind} cannot be a key")

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        self._add(done.tree, done.anchor, self.nodes + self.by_aliases - done.before + 1)

    def _alias(self, event: Any) -> None:
        where = self._where(event)
        if event.anchor not in self.anchors:
            inside = any(level.anchor == event.anchor for level in self.open)
            what = "stands within itself" if inside else "is not defined before this"
            self._stop(where, f'the alias "*{shorten(event.anchor)}" {what}')
        tree, size = self.anchors[event.anchor]
        self.by_aliases += size
        if self.by_aliases > MOST_NODES_BY_ALIASES:
            self._stop(where, f"aliases multiply to more than {MOST_NODES_BY_ALIASES:,} values")
        if type(tree) is not Scalar:
            self._key_must_be_text(where, type(tree) is Table)
        self._add(tree, None, size)

    def _add(self, tree: Tree, anchor: str | None, size: int = 1) -> None:
        if anchor is not None:
            self.anchors[anchor] = (tree, size)
        if not self.open:
            self.root = tree
            return
        level = self.open[-1]
        container, key = level.tree, level.key
        if type(container) is Sequence:
            container.items.append(tree)
        elif key is None:
            level.key = tree
        else:
            level.key = None
            entries = container.entries
            if key.text in entries:
                first = entries[key.text].key.line
                container.repeated.append((key.text, key.where, first))
            else:
                entries[key.text] = Entry(tree, key.where)

    def _where(self, event: Any) -> Position:
        start, end = event.start_mark, event.end_mark
        line, column = start.line, start.column
        width = end.column - column if end.line == line else 1
        return Position(line + 1, column + 1, width if width > 0 else 1, self.source.number)

    def _tag(self, where: Position, tag: str) -> None:
        self._stop(where, f'the tag "{shorten(tag)}" is not allowed: a spec is plain data')

    def _stop(self, where: Position, message: str) -> NoReturn:
        raise SpecError([self.source.problem(where, message)])


class _Open:
    """A list or mapping whose end is still to come."""

    __slots__ = ("anchor", "before", "key", "tree")

    def __init__(self, tree: Tree, anchor: str | None, before: int) -> None:
        self.tree: Any = tree
        self.anchor = anchor
        self.before = before
        self.key: Any = None
