"""Names and what they lead to: links are written down first, and looked up once all are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnncli.spec import slips
from cnncli.spec.graph import EMPTY, Input, Inputs, Node, Position, Ref
from cnncli.spec.names import Namer
from cnncli.spec.problems import Problems, near
from cnncli.spec.tree import shorten

# Lists of results that hold lists of results grow without any layer.
MOST_LOOK_UPS = 50_000


class TooLarge(Exception):
    """A network that grows beyond all use while it is written out."""

    def __init__(self, where: Position, message: str) -> None:
        super().__init__(message)
        self.where = where
        self.message = message


@dataclass(frozen=True)
class Link:
    """A name as it stands in a scope, to be looked up once all names are known."""

    scope: Scope
    name: str
    index: int | None
    where: Position


# A Ref to a node, a Link, or a tuple or mapping of these.
Value = Any


@dataclass(eq=False)
class Scope:
    """Names that see each other: of the file, of one use of a block, or of a nested model."""

    namer: Namer
    prefix: str = ""
    group: tuple[str, ...] = ()
    group_paths: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    results: dict[str, Value] = field(default_factory=dict)
    blocks: tuple[str, ...] = ()


class Flat:
    """The nodes of one network, and the look-up of the names that they take."""

    def __init__(self, problems: Problems, explicit: set[str]) -> None:
        self.problems = problems
        self.namer = Namer(explicit)
        self.prefixes = Namer(())
        self.inputs: tuple[Input, ...] = ()
        self.nodes: dict[str, Node] = {}
        self.look_ups = 0

    def add(self, node: Node) -> None:
        self.namer.taken.add(node.name)
        self.nodes[node.name] = node

    def resolved(self, result: Value) -> tuple[list[Node], Inputs]:
        """Return the nodes with every link looked up, and the outputs."""
        nodes = [self._resolved_node(node) for node in self.nodes.values()]
        return nodes, self.look_up(result, ())

    def _resolved_node(self, node: Node) -> Node:
        inputs = self.look_up(node.inputs, ())
        if node.kind != "use":
            return node if inputs is node.inputs else replace(node, inputs=inputs)
        layer = self._layer_of(node, set())
        return replace(node, inputs=inputs, class_name=layer, arguments=EMPTY)

    def _layer_of(self, node: Node, seen: set[str]) -> str:
        """Return the name of the node whose layer a `use` calls again."""
        link = node.arguments["layer"]
        ref = self.look_up(link, ())
        found = self.nodes.get(ref.name) if isinstance(ref, Ref) and ref.index is None else None
        if found is not None and found.kind == "use" and found.name not in seen:
            return self._layer_of(found, {*seen, node.name})
        if found is not None and found.kind in ("layer", "model"):
            return found.name
        if ref is not None:
            what = f'"{shorten(link.name)}" is no layer that could be used again'
            self.problems.error(link.where, what)
        return ""

    def look_up(self, value: Value, through: tuple[Link, ...]) -> Inputs:
        """Replace links by Refs to nodes and inputs; None for what leads nowhere."""
        if isinstance(value, Link):
            return self._follow(value, through)
        if isinstance(value, tuple):
            found = tuple(self.look_up(item, through) for item in value)
            return value if all(a is b for a, b in zip(found, value, strict=True)) else found
        if isinstance(value, Mapping):
            return {key: self.look_up(item, through) for key, item in value.items()}
        return value

    def _follow(self, link: Link, through: tuple[Link, ...]) -> Inputs:
        self.look_ups += 1
        if self.look_ups > MOST_LOOK_UPS:
            raise TooLarge(link.where, "too many results are taken together here")
        if link.name not in link.scope.results:
            self.problems.error(
                link.where,
                f'nothing is called "{shorten(link.name)}"',
                slips.of_reference(link.name) or near(link.name, link.scope.results),
            )
            return None
        if link in through or len(through) > 100:
            self.problems.error(link.where, f'"{shorten(link.name)}" takes its own result')
            return None
        found = self.look_up(link.scope.results[link.name], (*through, link))
        if isinstance(found, Ref):
            return self._indexed(found, link)
        if link.index is None or found is None:
            return found
        items = list(found.values()) if isinstance(found, Mapping) else found
        if link.index < len(items):
            return items[link.index]
        results = "one result" if len(items) == 1 else f"{len(items)} results"
        message = f'"{shorten(link.name)}" has {results}, numbered from 0'
        self.problems.error(link.where, message)
        return None

    def _indexed(self, found: Ref, link: Link) -> Ref | None:
        if link.index is None:
            return Ref(found.name, found.index, link.where)
        # How many results a layer has is for Keras to say; an input is one.
        if found.index is None and found.name in self.nodes:
            return Ref(found.name, link.index, link.where)
        self.problems.error(link.where, f'"{shorten(link.name)}" is one result')
        return None
