"""Keras model -> Spec: its layers as lines, what repeats as blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cnncli.importers.block_names import line_name
from cnncli.importers.blocks import find_blocks
from cnncli.importers.from_config import NOWHERE, is_automatic
from cnncli.importers.from_keras import dtype_of, graph_of
from cnncli.importers.shared import refuse_shared
from cnncli.importers.statements import Line, Link, Scope, links, mapped, scope_of
from cnncli.spec import expand
from cnncli.spec.graph import Graph, Input, Node, Ref
from cnncli.spec.model import Body, LayerUse, Source, Spec
from cnncli.spec.writer import flat

_AUTOMATIC_INPUT = re.compile(r"(input|input_layer|keras_tensor|input_tensor)(_\d+)?\Z")


def spec_of(
    model: Any, *, name: str | None = None, description: str = "", blocks: bool = True
) -> Spec:
    """Write a Keras model as a spec, without its weights.

    With `blocks`, what repeats is written once, and only the names of layers outside of blocks
    are kept. Raises ModelError, naming the layer, for what is code, or weights that models share.
    """
    graph = legal_names(graph_of(model))
    refuse_shared(model)
    dtype = dtype_of(model)
    empty = Spec(
        name=name or model.name,
        source=Source(name or model.name, ""),
        body=Body((), NOWHERE),
        description=description,
        dtype=None if dtype == "float32" else dtype,
    )
    if blocks:
        spec = _with_blocks(empty, graph)
        if shape_of(expand(spec)) == shape_of(graph):  # else a grouping went wrong: no blocks
            return spec
    return flat(empty, graph)


def shape_of(graph: Graph) -> list[Any]:
    """Return what each node of a graph is and takes, without names: equal for equal networks."""
    numbers = {name: n for n, name in enumerate((*(e.name for e in graph.inputs), *_names(graph)))}

    def place(ref: Ref) -> Link:
        return Link(str(numbers[ref.name]), ref.index)

    nodes = [
        (
            node.kind,
            numbers[node.class_name] if node.kind == "use" else node.class_name,
            mapped(node.inputs, place),
            dict(node.call),
            shape_of(node.graph) if node.graph is not None else None,
        )
        for node in graph.nodes
    ]
    return [*nodes, mapped(graph.outputs, place)]


def _names(graph: Graph) -> list[str]:
    return [node.name for node in graph.nodes]


def _with_blocks(spec: Spec, graph: Graph) -> Spec:
    scope = scope_of(graph)
    found = find_blocks(scope)
    for body in found.values():
        _name(body, keep=False)
    _name(scope, keep=True)
    before = tuple(Link(entry.name) for entry in graph.inputs)
    return replace(
        spec,
        body=_body(scope, graph.inputs, before[0] if len(before) == 1 else before),
        blocks={name: _body(body, (), Link("input")) for name, body in found.items()},
    )


def _body(scope: Scope, inputs: tuple[Input, ...], before: Any) -> Body:
    uses = []
    for line in scope.lines:
        uses.append(_use(line, before))
        before = Link(line)
    output = None if scope.output in (None, before) else mapped(scope.output, _ref)
    return Body(tuple(uses), NOWHERE, inputs, output, scope.params)


def _use(line: Line, before: Any) -> LayerUse:
    from cnncli.spec.writer import body_of

    arguments = line.arguments
    if line.again is not None:
        arguments = {"layer": Ref(str(line.again.name), None, NOWHERE)}
    return LayerUse(
        word=line.word,
        arguments=arguments,
        where=NOWHERE,
        name=line.name,
        inputs=None if line.inputs == before else mapped(line.inputs, _ref),
        call=line.call,
        repeat=line.repeat if line.repeat > 1 else None,
        body=body_of(line.graph) if line.graph is not None else None,
    )


def _ref(link: Link) -> Ref:
    name = link.target if isinstance(link.target, str) else str(link.target.name)
    return Ref(name, link.index, NOWHERE)


def _name(scope: Scope, *, keep: bool) -> None:
    """Give names to the lines that are taken by name, and to no others that have none."""
    takers: dict[int, list[Line]] = {}
    before: Line | None = None
    for line in scope.lines:
        for link in links(line.inputs):
            if line.inputs != Link(before or "input"):
                takers.setdefault(id(link.target), []).append(line)
        if line.again is not None:
            takers.setdefault(id(line.again), []).append(line)
        before = line
    if scope.output is not None and scope.output != Link(scope.lines[-1]):
        for link in links(scope.output):
            takers.setdefault(id(link.target), [])
    for line in scope.lines:
        if not keep or (line.name is not None and _made_by_keras(line)):
            line.name = None
    taken = {line.name for line in scope.lines if line.name is not None}
    for number, line in enumerate(scope.lines):
        if line.name is None and id(line) in takers:
            others = takers[id(line)]
            follows = bool(others) and scope.lines[number + 1 : number + 2] == others[:1]
            line.name = line_name(line, others, follows, taken)
            taken.add(line.name)


def _made_by_keras(line: Line) -> bool:
    word = line.word.rpartition(".")[2]
    return is_automatic(str(line.name), word) or "_again_" in str(line.name)


def legal_names(graph: Graph) -> Graph:
    """Rename what a spec cannot name: `input`, a leading `$`, and the empty name."""
    taken = {node.name for node in graph.nodes} | {entry.name for entry in graph.inputs}
    names: dict[str, str] = {}
    single = len(graph.inputs) == 1
    for entry in graph.inputs:
        if single and (not entry.arguments or _AUTOMATIC_INPUT.match(entry.name)):
            names[entry.name] = "input"
        else:
            names[entry.name] = _legal(entry.name, "input", taken)
    for node in graph.nodes:
        names[node.name] = _legal(node.name, "layer", taken)
    return replace(
        graph,
        inputs=tuple(replace(entry, name=names[entry.name]) for entry in graph.inputs),
        nodes=tuple(_renamed(node, names) for node in graph.nodes),
        outputs=mapped(graph.outputs, lambda ref: replace(ref, name=names[ref.name])),
    )


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    return replace(
        node,
        name=names[node.name],
        class_name=names[node.class_name] if node.kind == "use" else node.class_name,
        inputs=mapped(node.inputs, lambda ref: replace(ref, name=names[ref.name])),
        graph=legal_names(node.graph) if node.graph is not None else None,
    )


def _legal(name: str, instead: str, taken: set[str]) -> str:
    legal = name.lstrip("$")
    if legal == name and name not in ("", "input"):
        return name
    free, number = legal if legal not in ("", "input") else f"{instead}_1", 2
    while free in taken or free == "input":
        free, number = f"{legal or instead}_{number}", number + 1
    taken.add(free)
    return free
