"""Whether the input of a spec is of the size that the network of a file takes."""

from __future__ import annotations

from collections.abc import Sequence

from cnncli.spec import outside
from cnncli.spec.graph import Graph, Input, Node
from cnncli.spec.ordering import names_in
from cnncli.spec.problems import Problems


def check(graph: Graph, problems: Problems) -> None:
    """Report an input of a fixed size that enters a network of another one, where it is said."""
    entries = {entry.name: entry for entry in graph.inputs}
    for node in graph.nodes:
        for name in names_in(node.inputs):
            if node.class_name == outside.PRETRAINED and name in entries:
                _check(entries[name], node, problems)


def _check(entry: Input, node: Node, problems: Problems) -> None:
    there, given = outside.contents_of(node), entry.arguments.get("shape", ())
    wanted = there.takes if there is not None else ()
    if len(wanted) != 3 or len(given) != 3 or _fits(wanted, given):
        return
    best = [given[side] if size is None else size for side, size in enumerate(wanted)]
    grey = "; a grey image then has three equal channels" * ((given[-1], best[-1]) == (1, 3))
    problems.error(
        entry.where,
        f"{node.arguments['file']} takes {_listed(wanted)}, and is given {_listed(given)}",
        f"write input: {_listed(best)}{grey}",
    )


def _fits(wanted: Sequence[int | None], given: Sequence[int | None]) -> bool:
    return all(None in pair or len(set(pair)) == 1 for pair in zip(wanted, given, strict=True))


def _listed(shape: Sequence[int | None]) -> str:
    return str(list(shape)).replace("None", "null")
