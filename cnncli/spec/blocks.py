"""Reads `blocks:`; what stands in a block is read once the parameters of all blocks are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cnncli.spec.graph import Position
from cnncli.spec.layers import BLOCK_NAME, LayerReader
from cnncli.spec.model import Body, Param
from cnncli.spec.params import Filler, declared
from cnncli.spec.problems import Problems, near
from cnncli.spec.rounding import plain
from cnncli.spec.tree import Entry, Scalar, Table, Tree, kind, shorten, walk

_BLOCK_KEYS = ("params", "layers", "output", "description")


@dataclass(frozen=True)
class Block:
    """A block whose parameters are known, and whose layers are still to be read."""

    where: Position
    params: dict[str, Any]
    layers: Tree
    output: Tree | None

    def body(self, reader: LayerReader, name: str) -> Body:
        return Body(
            layers=reader.layers(self.layers, f"blocks.{name}.layers"),
            where=self.where,
            output=reader.inputs.names(self.output) if self.output is not None else None,
            params=self.params,
        )


def read_blocks(
    tree: Tree | None, filler: Filler, problems: Problems
) -> tuple[dict[str, Block], set[str]]:
    """Return the blocks by name, and the names of those that cannot be read."""
    if tree is None or (isinstance(tree, Scalar) and tree.value is None):
        return {}, set()
    if not isinstance(tree, Table):
        hint = None if isinstance(tree, Scalar) else 'write each without "- "'
        problems.error(tree.where, f'"blocks" is a mapping, not {kind(tree)}', hint)
        return {}, set()
    read = {name: _block(name, entry, filler, problems) for name, entry in tree.entries.items()}
    blocks = {name: block for name, block in read.items() if block is not None}
    return blocks, set(read) - set(blocks)


def _block(name: str, entry: Entry, filler: Filler, problems: Problems) -> Block | None:
    if not re.fullmatch(BLOCK_NAME, name):
        problems.error(
            entry.key,
            f'"{shorten(name)}" cannot be the name of a block',
            "it is lower case, without a dot, a slash or a space, and not use",
        )
    if not isinstance(entry.value, Table):
        message = f'the block "{shorten(name)}" is a mapping, not {kind(entry.value)}'
        problems.error(entry.value.where, message, "write params and layers in it")
        return None
    parts = entry.value.entries
    for key, part in parts.items():
        if key not in _BLOCK_KEYS:
            hint = near(key, _BLOCK_KEYS) or f"it has {', '.join(_BLOCK_KEYS[:3])}"
            problems.error(part.key, f'a block has no key "{shorten(key)}"', hint)
    if "layers" not in parts:
        problems.error(entry.key, f'the block "{shorten(name)}" has no "layers"')
        return None
    params = parts.get("params")
    defaults = filler.fill(params.value) if params is not None else None
    own = declared(defaults, problems, block=True)
    values = {key: plain(item.value, problems) for key, item in own.items()}
    layers = filler.fill(parts["layers"].value, values)
    output = filler.fill(parts["output"].value, values) if "output" in parts else None
    if not filler.unknown:
        used = {param for tree in (layers, output) if tree is not None for param in _params(tree)}
        for key, item in own.items():
            if key not in used:
                message = f'the parameter "{shorten(key)}" of the block is not used'
                problems.warn(item.key, message, f"${shorten(key)} stands for its value")
    return Block(entry.key, values, layers, output)


def _params(tree: Tree) -> Iterator[str]:
    """Yield the names of the block's parameters that stand in a tree."""
    for node in walk(tree):
        if isinstance(node, Scalar) and isinstance(node.value, Param):
            yield node.value.name
