"""What a spec may say, as lists and as a page on one class."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cnncli import console
from cnncli.render.terminal.table import Column, Table, show
from cnncli.spec.reference import KINDS, Argument, Entry, arguments, call_arguments, example
from cnncli.spec.yaml_text import flow

_NARROWEST = 40


def show_list(found: Sequence[Entry]) -> None:
    """Print entries in tables, one for each kind, and what is refused in one of its own."""
    for number, (title, listed) in enumerate(_tables(found)):
        if number:
            console.result("")
        columns = (Column("name"), Column(_second(title)))
        rows = [(entry.name, entry.refused or entry.description) for entry in listed]
        show(Table(columns=columns, rows=rows, title=title))
    console.note("With its arguments and an example: cnncli layers NAME")


def _tables(found: Sequence[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    taken = [entry for entry in found if entry.refused is None]
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in taken:
        groups.setdefault((entry.kind, entry.group), []).append(entry)
    for kind, several in KINDS.items():
        own = sorted(group for of, group in groups if of == kind)
        for group in own:
            yield f"{several}: {group}" if group else several, groups[kind, group]
    refused = [entry for entry in found if entry.refused is not None]
    if refused:
        yield "refused", refused


def _second(title: str) -> str:
    return "why" if title == "refused" else "what it is"


def page(entry: Entry, width: int | None) -> str:
    """Return what there is to know of one entry, as text no wider than `width`."""
    columns = max(_NARROWEST, min(width or 100, 100))
    head = f"{entry.name} ({entry.kind})"
    if entry.refused is not None:
        return f"{head}\n{_wrapped(f'It is refused: {entry.refused}.', columns)}"
    lines = [head, _wrapped(entry.description, columns)]
    if entry.aliases:
        lines.append(_wrapped(f"Also called {', '.join(entry.aliases)}.", columns))
    listed = arguments(entry)
    if listed:
        lines += ["", "Arguments"]
        lines += [line for argument in listed for line in _argument(argument, columns)]
    call = call_arguments(entry)
    if len(call) > 1:
        lines += ["", _wrapped(f"A call takes {', '.join(call)}.", columns)]
    line = example(entry)
    if line is not None:
        lines += ["", "In a spec", f"  {line}"]
    return "\n".join(lines)


def _argument(argument: Argument, columns: int) -> Iterator[str]:
    default = "required" if argument.required else f"default {flow(argument.default)}"
    yield _wrapped(f"{argument.name}: {argument.type} ({default})", columns, "  ")
    if argument.description:
        yield _wrapped(argument.description, columns, "      ")


def _wrapped(text: str, columns: int, indent: str = "") -> str:
    return textwrap.fill(
        text,
        columns,
        initial_indent=indent,
        subsequent_indent=" " * 6 if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
