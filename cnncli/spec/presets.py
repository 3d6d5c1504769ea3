"""`presets:`: sets of parameters under a name, chosen by `-p preset=NAME` or `ARCH@NAME`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from cnncli.errors import UsageError
from cnncli.spec import shipped
from cnncli.spec.problems import Problems, near
from cnncli.spec.reader import decode, read, read_file
from cnncli.spec.tree import Entry, Scalar, Table, Tree, kind, shorten

SECTION = "presets"
PARAM = "preset"
MOST_PRESETS = 100
_NAME = re.compile(r"[\w.+-]+")


def split(arch: str, is_name: Callable[[str], bool]) -> tuple[str, str | None]:
    """Return `efficientnet@B3` as a name and a preset; None where no preset is named.

    What is as a whole the name of something is that.
    """
    name, at, preset = arch.rpartition("@")
    if not at or not name or is_name(arch) or not _NAME.fullmatch(preset):
        return arch, None
    return name, preset


def names(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return the names of the presets of a file."""
    section = _section(entries)
    return tuple(section.entries) if section is not None else ()


@cache
def sizes() -> tuple[str, ...]:
    """Return `NAME@PRESET` for every preset of the shipped architectures."""
    found = []
    for name in shipped.names():
        tree = read(decode(read_file(shipped.path(name)), name))
        own = names(tree.entries) if isinstance(tree, Table) else ()
        found += [f"{name}@{preset}" for preset in own]
    return tuple(found)


def chosen(tree: Table, preset: str, name: str, size: str | None = None) -> Table:
    """Return `tree` with the values of a preset as the defaults of its parameters.

    Raises UsageError where it has no such preset; `name` is that of the file, `size` what it
    extends where that is of one size.
    """
    known = names(tree.entries)
    if preset not in known:
        none = f"It extends {size} and is of that size." if size else "It has none."
        said = f"It has {', '.join(known)}." if known else none
        raise UsageError(
            f'{name} has no preset "{shorten(preset)}"', hint=near(preset, known) or said
        )
    section, params = _section(tree.entries), tree.entries.get("params")
    given = section.entries[preset].value if section is not None else None
    if params is None or not isinstance(params.value, Table) or not isinstance(given, Table):
        return tree  # `check` says what is wrong
    entries = {**params.value.entries, **given.entries}
    filled = Table(entries, params.value.where, params.value.repeated)
    return Table({**tree.entries, "params": Entry(filled, params.key)}, tree.where, tree.repeated)


def asked(
    preset: str | None, params: Mapping[str, Any], tree: Table
) -> tuple[str | None, Mapping[str, Any]]:
    """Return the preset that is wanted, here or by `-p preset=NAME`, and the other parameters.

    Raises UsageError where both choose one.
    """
    if PARAM not in params or _section(tree.entries) is None:
        return preset, params
    if preset is not None:
        wrong = f"@{preset} and -p {PARAM}={params[PARAM]} both choose a preset"
        raise UsageError(wrong, hint="Give one of the two.")
    rest = {name: value for name, value in params.items() if name != PARAM}
    return str(params[PARAM]), rest


def check(entries: Mapping[str, Entry], params: Mapping[str, Entry], problems: Problems) -> None:
    """Report what is wrong in the section; `params` are the parameters of the file."""
    entry = entries.get(SECTION)
    if entry is None or _is_nothing(entry.value):
        return
    if not isinstance(entry.value, Table):
        message = f'"presets" is a mapping of names to parameters, not {kind(entry.value)}'
        problems.error(entry.value.where, message, "as small: {width: 0.5}")
        return
    if len(entry.value.entries) > MOST_PRESETS:
        problems.error(entry.key, f"more than {MOST_PRESETS} presets")
    if PARAM in params:
        message = 'beside "presets" no parameter can be called "preset": -p preset=NAME chooses one'
        problems.error(params[PARAM].key, message)
    for name, preset in entry.value.entries.items():
        _check(name, preset, params, problems)


def _check(name: str, preset: Entry, params: Mapping[str, Entry], problems: Problems) -> None:
    if not _NAME.fullmatch(name):
        message = f'"{shorten(name)}" cannot be the name of a preset'
        problems.error(preset.key, message, "it is made of letters, digits and . + - _")
    if not isinstance(preset.value, Table):
        if not _is_nothing(preset.value):
            message = f"a preset is a mapping of parameters, not {kind(preset.value)}"
            problems.error(preset.value.where, message)
        return
    for key, item in preset.value.entries.items():
        if key not in params:
            known = f"they are {', '.join(params)}" if params else '"params" lists them'
            message = f'there is no parameter "{shorten(key)}" that a preset could set'
            problems.error(item.key, message, near(key, params) or known)


def _section(entries: Mapping[str, Entry]) -> Table | None:
    entry = entries.get(SECTION)
    return entry.value if entry is not None and isinstance(entry.value, Table) else None


def _is_nothing(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.value is None
