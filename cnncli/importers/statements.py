"""A graph as the lines of a spec: what `blocks` groups and `spec_text` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnncli.spec.graph import Graph, Node, Ref


@dataclass(frozen=True)
class Link:
    """What a line takes: the result of another line, or what enters the scope (a text)."""

    target: Line | str
    index: int | None = None


@dataclass(eq=False)
class Line:
    """One line under `layers`: a layer, an operation, a block, `use` or a nested model."""

    word: str
    arguments: dict[str, Any]
    inputs: Any  # Link, tuple or mapping of these, None
    call: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    repeat: int = 1
    graph: Graph | None = None
    again: Line | None = None  # what `use` uses
    role: str = ""  # in a block: what the names of the layers that it stands for say together


@dataclass(eq=False)
class Scope:
    """Lines that stand together: the file's, or the body of a block."""

    lines: list[Line]
    output: Any = None  # Links, where it is not the last line
    params: dict[str, Any] = field(default_factory=dict)


def scope_of(graph: Graph, *, single_input: str = "input") -> Scope:
    """Return the lines of a graph, without blocks."""
    entries = {
        entry.name: single_input if len(graph.inputs) == 1 else entry.name for entry in graph.inputs
    }
    lines: dict[str, Line] = {}

    def link(ref: Ref) -> Link:
        return Link(lines.get(ref.name) or entries[ref.name], ref.index)

    for node in graph.nodes:
        line = Line(
            word=_word(node),
            arguments=dict(node.arguments),
            inputs=mapped(node.inputs, link),
            call=node.call,
            name=node.name,
            graph=node.graph,
            again=lines[node.class_name] if node.kind == "use" else None,
        )
        lines[node.name] = line
    return Scope(list(lines.values()), mapped(graph.outputs, link))


def _word(node: Node) -> str:
    if node.kind == "use":
        return "use"
    return f"ops.{node.class_name}" if node.kind == "op" else node.class_name


def mapped(inputs: Any, change: Callable[[Any], Any]) -> Any:
    """Return `inputs` with each of its Refs or Links changed."""
    if isinstance(inputs, Ref | Link):
        return change(inputs)
    if isinstance(inputs, tuple):
        return tuple(mapped(item, change) for item in inputs)
    if inputs is None:
        return None
    return {key: mapped(item, change) for key, item in inputs.items()}


def links(inputs: Any) -> Iterator[Link]:
    """Give the Links in `inputs`."""
    if isinstance(inputs, Link):
        yield inputs
    elif isinstance(inputs, tuple):
        for item in inputs:
            yield from links(item)
    elif inputs is not None:
        for item in inputs.values():
            yield from links(item)
