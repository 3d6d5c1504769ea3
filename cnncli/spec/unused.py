"""What stands in a spec and is of no effect: blocks, results and inputs that nothing uses."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cnncli.spec.graph import Node, Position
from cnncli.spec.model import Body, LayerUse, Spec
from cnncli.spec.ordering import references
from cnncli.spec.problems import Problems


def within(use: LayerUse, blocks: Mapping[str, Body]) -> set[str]:
    """Return the names of the blocks that an item uses, and that these use."""
    found: set[str] = set()
    waiting = [use]
    while waiting:
        item = waiting.pop()
        bodies = [item.body] if item.body is not None else []
        if item.word in blocks and item.word not in found:
            found.add(item.word)
            bodies.append(blocks[item.word])
        waiting.extend(inner for body in bodies for inner in body.layers)
    return found


def warn_of_blocks(spec: Spec, used: Collection[str], problems: Problems) -> None:
    """Warn of blocks that nothing uses."""
    for name, block in spec.blocks.items():
        # Where a child has other layers than its parent, the parent's blocks are no fault.
        if name not in used and block.where.file == 0:
            problems.warn(block.where, f'the block "{name}" is not used')


def warn_of_results(
    ordered: Sequence[Node],
    body: Body,
    needed: Collection[str],
    uses: Mapping[str, Position],
    problems: Problems,
) -> None:
    """Warn of results and inputs that lead to no output; `uses` are of blocks, by their name."""
    if problems.errors:  # what an error left out may well have used it
        return
    taken = {ref for node in ordered for ref in references(node)}
    unused = [node for node in ordered if node.name not in needed and node.name not in taken]
    sometimes = {node.where for node in ordered if node.name in needed or node.name in taken}
    warned: set[Position] = set()
    for node in unused:
        where, name = node.where, node.name
        if node.group and where in sometimes:  # it is the use of the block that leads nowhere
            where, name = uses[node.group[0]], node.group[0]
        if where not in warned:
            warned.add(where)
            problems.warn(where, f'the result of "{name}" is not used')
    for entry in body.input:
        if entry.name not in needed:
            problems.warn(entry.where, f'the input "{entry.name}" is not used')
