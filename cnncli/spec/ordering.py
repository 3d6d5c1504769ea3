"""The order of nodes: each behind what it takes; which of them an output needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncli.spec.graph import Inputs, Node, Ref
from cnncli.spec.problems import Problems


def references(node: Node) -> Iterator[str]:
    """Yield the names of the nodes and inputs that a node needs."""
    if node.kind == "use":
        yield node.class_name
    yield from names_in(node.inputs)


def names_in(inputs: Inputs) -> Iterator[str]:
    """Yield the names in inputs or outputs."""
    if isinstance(inputs, Ref):
        yield inputs.name
    elif isinstance(inputs, tuple):
        for item in inputs:
            yield from names_in(item)
    elif isinstance(inputs, Mapping):
        for item in inputs.values():
            yield from names_in(item)


def in_order(nodes: Sequence[Node], problems: Problems) -> list[Node]:
    """Return the nodes so that each stands behind what it takes, else in the order of the file.

    A cycle is reported, and its nodes stay where they are.
    """
    by_name = {node.name: node for node in nodes}
    ordered: list[Node] = []
    state: dict[str, str] = {}  # "open" while what it takes is placed, then "placed"
    for root in nodes:
        if root.name in state:
            continue
        state[root.name] = "open"
        path = [(root, references(root))]
        while path:
            node, waiting = path[-1]
            name = next((ref for ref in waiting if ref in by_name), None)
            if name is None:
                path.pop()
                state[node.name] = "placed"
                ordered.append(node)
            elif state.get(name) == "open":
                _report_cycle([each for each, _ in path], name, problems)
            elif name not in state:
                state[name] = "open"
                path.append((by_name[name], references(by_name[name])))
    return ordered


def _report_cycle(path: Sequence[Node], name: str, problems: Problems) -> None:
    names = [node.name for node in path]
    cycle = names[names.index(name) :]
    if len(cycle) == 1:
        problems.error(path[-1].where, f'"{name}" takes its own result')
        return
    shown = " takes ".join(f'"{each}"' for each in [*cycle[:6], name])
    problems.error(path[-1].where, f"a cycle: {shown}")


def reachable(nodes: Sequence[Node], outputs: Inputs) -> set[str]:
    """Return the names of the nodes and inputs that lead to an output."""
    by_name = {node.name: node for node in nodes}
    needed: set[str] = set()
    waiting = list(names_in(outputs))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            if name in by_name:
                waiting.extend(references(by_name[name]))
    return needed
