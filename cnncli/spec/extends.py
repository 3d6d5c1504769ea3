"""`extends:` and `changes:`: a spec that says only in what it differs from another one."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnncli.errors import SpecError, UsageError
from cnncli.spec import presets, shipped
from cnncli.spec.graph import Position
from cnncli.spec.model import Source
from cnncli.spec.outside import beside
from cnncli.spec.overrides import NoSuchPath, changed
from cnncli.spec.problems import Problems, near
from cnncli.spec.reader import decode, read, read_file
from cnncli.spec.tree import Entry, Scalar, Table, Tree, kind, shorten, to_value

EXTENDS = "extends"
CHANGES = "changes"
MOST_PARENTS = 10
SUFFIXES = (".yaml", ".yml")
# Sections that are joined name by name; every other key stands for that of the parent.
_JOINED = ("params", "presets", "blocks", "training")
# What is said of the parent alone.
_OWN = ("name", EXTENDS, CHANGES)

# Reads what has been joined so far, and returns the path of each row of it by its name.
RowsOf = Callable[[Table, Source], Mapping[str, str]]


class Unread(Exception):
    """What a spec extends cannot be read; that was reported."""


@dataclass(frozen=True)
class _Parent:
    """What a spec extends: where it stands, what to call it, and which preset of it is meant."""

    path: Path
    name: str
    preset: str | None
    where: Position


@dataclass(frozen=True)
class _Link:
    """One file of the chain: what it says, and the preset that its child asked for."""

    tree: Table
    preset: str | None = None
    where: Position | None = None
    said: str = ""  # what the child wrote


def is_shipped_or_yaml(name: str) -> bool:
    """Whether a name is one that `extends` may give."""
    return name in shipped.names() or name.endswith(SUFFIXES)


class Extender:
    """Reads what a spec extends, from the child up, and joins it from the top down."""

    def __init__(self, source: Source, problems: Problems, rows_of: RowsOf) -> None:
        self.problems = problems
        self.rows_of = rows_of
        self.sources = [source]
        self.places = [os.path.realpath(source.name)]
        self.size: str | None = None  # what fixed the size of what is joined, as resnet@18
        self.strange: set[str] = set()  # parameters that a child has and its parents have not

    @property
    def parents(self) -> tuple[Source, ...]:
        """What was read, the nearest first."""
        return tuple(self.sources[1:])

    def joined(self, tree: Table) -> Table:
        """Return `tree` with all that it extends, its own `changes` made.

        Raises Unread where that cannot be read.
        """
        if EXTENDS not in tree.entries:
            self._refuse_changes(tree)
            return tree
        chain = [_Link(tree)]
        while EXTENDS in chain[-1].tree.entries:
            chain.append(self._parent(chain[-1].tree.entries[EXTENDS].value))
        whole = chain.pop()
        tree = self._preset(whole.tree, whole)
        for link in reversed(chain):
            self.strange |= _params(link.tree) - _params(tree)
            tree = self._changed(_over(tree, link.tree), link.tree)
            tree = self._preset(tree, link)
        return tree

    def _refuse_changes(self, tree: Table) -> None:
        entry = tree.entries.pop(CHANGES, None)
        if entry is not None:
            message = '"changes" is for a spec that extends another, and this one does not'
            hint = "add extends: OTHER.yaml, or write the values where they belong"
            self.problems.error(entry.key, message, hint)

    def _parent(self, said: Tree) -> _Link:
        """Read the next file of the chain."""
        found = self._found(said)
        place = os.path.realpath(found.path)
        if place in self.places:
            names = [source.name for source in self.sources[self.places.index(place) :]]
            circle = " -> ".join([*names, found.name])
            raise self._unread(found.where, f"these extend each other in a circle: {circle}")
        if len(self.sources) > MOST_PARENTS:
            raise self._unread(found.where, f"more than {MOST_PARENTS} files extend each other")
        try:
            source = decode(read_file(found.path), found.name, len(self.sources))
            self._add(source, place)
            tree = read(source)
        except UsageError as error:
            raise self._unread(found.where, error.message) from None
        except SpecError as error:
            self.problems.include(found.where, error.problems)
            raise Unread from None
        if not isinstance(tree, Table):
            what = "nothing" if tree is None else kind(tree)
            raise self._unread(found.where, f"{found.name} is no spec: it holds {what}")
        return _Link(tree, found.preset, found.where, shorten(str(to_value(said))))

    def _add(self, source: Source, place: str) -> None:
        self.sources.append(source)
        self.places.append(place)
        self.problems.know(self.parents)

    def _unread(self, where: Position, message: str, hint: str | None = None) -> Unread:
        self.problems.error(where, message, hint)
        return Unread()

    def _found(self, said: Tree) -> _Parent:
        """Return the file that `extends` names: a shipped one first, as with ARCH."""
        if not isinstance(said, Scalar) or not isinstance(said.value, str) or not said.value:
            message = f'"extends" names an architecture or a YAML file, not {kind(said)}'
            raise self._unread(said.where, message)
        name, preset = presets.split(said.value, is_shipped_or_yaml)
        if name in shipped.names():
            return _Parent(shipped.path(name), name, preset, said.where)
        path = Path(beside(self.sources[-1], name))
        if not name.endswith(SUFFIXES):
            known = [*shipped.names(), *presets.sizes()]
            hint = near(name, known) or "a file is named with its ending, .yaml or .yml"
            message = f'there is no architecture "{shorten(name)}" that this could extend'
            raise self._unread(said.where, message, hint)
        wrong = _no_file(path)
        if wrong is not None:
            raise self._unread(said.where, *wrong)
        return _Parent(path, str(path), preset, said.where)

    def _changed(self, tree: Table, child: Table) -> Table:
        entry = child.entries.get(CHANGES)
        if entry is None or (isinstance(entry.value, Scalar) and entry.value.value is None):
            return tree
        if not isinstance(entry.value, Table):
            message = f'"changes" is a mapping of paths to values, not {kind(entry.value)}'
            self.problems.error(entry.value.where, message, "as layers[0].filters: 16")
            return tree
        for path, item in entry.value.entries.items():
            tree = self._change(tree, path, item)
        self._repeated(entry.value)
        return tree

    def _change(self, tree: Table, path: str, item: Entry) -> Table:
        try:
            return changed(tree, path, item, self._rows)[0]
        except NoSuchPath as error:
            self.problems.error(item.key, error.message, error.hint)
            return tree

    def _repeated(self, table: Table) -> None:
        for name, where, line in table.repeated:
            message = f'the path "{shorten(name)}" stands here a second time'
            self.problems.error(where, message, f"the first is in line {line}")

    def _rows(self, tree: Table) -> Mapping[str, str]:
        return self.rows_of(tree, self.problems.source)

    def _preset(self, tree: Table, link: _Link) -> Table:
        if link.preset is None:
            return tree
        try:
            tree = presets.chosen(tree, link.preset, "what this extends", self.size)
            self.size = link.said
        except UsageError as error:
            self.problems.error(link.where, error.message, error.hint)
        # It is of that size, and the others do not go along.
        rest = {key: entry for key, entry in tree.entries.items() if key != presets.SECTION}
        return Table(rest, tree.where, tree.repeated)


def _no_file(path: Path) -> tuple[str, str | None] | None:
    """Return why a path is no file to read, and a hint; None where it is one."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return f"{path}: no such file", near(path.name, _beside(path))
    except OSError as error:
        return f"{path}: {error.strerror}", None
    if stat.S_ISDIR(mode):
        return f"{path} is a folder, not a spec file", None
    return None if stat.S_ISREG(mode) else (f"{path} is no regular file", None)


def _beside(path: Path) -> list[str]:
    try:
        return [entry.name for entry in path.parent.iterdir() if entry.name.endswith(SUFFIXES)]
    except (OSError, ValueError):
        return []


def _over(parent: Table, child: Table) -> Table:
    """Return the keys of `child` in the place of those of `parent`."""
    entries = {key: entry for key, entry in parent.entries.items() if key not in _OWN}
    for key, entry in child.entries.items():
        if key not in (EXTENDS, CHANGES):
            entries[key] = _joined(entries.get(key), entry) if key in _JOINED else entry
    return Table(entries, child.where, [*parent.repeated, *child.repeated])


def _params(tree: Table) -> set[str]:
    entry = tree.entries.get("params")
    return set(entry.value.entries) if entry and isinstance(entry.value, Table) else set()


def _joined(old: Entry | None, new: Entry) -> Entry:
    if old is None or not isinstance(old.value, Table):
        return new
    if isinstance(new.value, Scalar) and new.value.value is None:
        return old
    if not isinstance(new.value, Table):
        return new
    repeated = [*old.value.repeated, *new.value.repeated]
    return Entry(
        Table({**old.value.entries, **new.value.entries}, new.value.where, repeated), new.key
    )
