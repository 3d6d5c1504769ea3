"""A network as a flat list of nodes: what a Spec expands to, and what `network.build` reads.

Everything is frozen and knows the line and column where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a spec file: `line` and `column` count from 1, `width` is in characters.

    `file` is 0 for the spec itself, 1 for what it extends, 2 for what that extends, and so on.
    """

    line: int
    column: int
    width: int = 1
    file: int = 0


@dataclass(frozen=True)
class Thing:
    """`Class` or `Class: {argument: value}`: an optimizer, a regularizer, a layer as argument.

    A value is None, bool, int, float, str, a tuple of values, a mapping of values or a Thing.
    Said twice, in two places, it is the same thing.
    """

    class_name: str
    arguments: Mapping[str, Any]
    where: Position = field(compare=False)
    argument_where: Mapping[str, Position] = field(default_factory=lambda: EMPTY, compare=False)


@dataclass(frozen=True, slots=True)
class Ref:
    """The result of a node of the same graph, by name; `index` where it returns several."""

    name: str
    index: int | None
    where: Position


# A Ref, a tuple of these, or a mapping of call argument (or input or output name) to these.
Inputs = Any


@dataclass(frozen=True)
class Input:
    """An input of the graph: its name and the arguments of `keras.Input` (`shape` is a tuple)."""

    name: str
    arguments: Mapping[str, Any]
    where: Position


@dataclass(frozen=True)
class Node:
    """One call: of a layer, of a function of `keras.ops`, or again of a layer named before.

    kind "layer": `class_name` is a Keras class (or alias), `arguments` its constructor's.
    kind "op": `class_name` is the function in `keras.ops` ("add"), `arguments` its constants.
    kind "use": `class_name` is the name of the node whose layer is called again.
    kind "model": `graph` is the nested network; `class_name` is "Sequential" or "Model".
    """

    name: str
    kind: Literal["layer", "op", "use", "model"]
    class_name: str
    arguments: Mapping[str, Any]
    inputs: Inputs
    where: Position
    call: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    argument_where: Mapping[str, Position] = field(default_factory=lambda: EMPTY)
    graph: Graph | None = None
    # The uses of blocks that this node came from, outermost first: ("stage_2", "stage_2_conv").
    group: tuple[str, ...] = ()
    # Where it stands in the file, as `--set` takes it, and where the uses in `group` stand.
    path: str = ""
    group_paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """A network: `nodes` in an order in which each stands behind what it takes.

    `trainable` is that of a nested one which stands as an argument of a layer.
    """

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: Inputs
    where: Position
    trainable: bool = True
