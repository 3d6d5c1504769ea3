"""Spec -> Graph: blocks, repeats and nested models written out as a flat list of nodes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cnncli.spec import catalog, outside, unused
from cnncli.spec.bounds import FREE, Bound
from cnncli.spec.graph import EMPTY, Graph, Input, Inputs, Node, Position, Ref, Thing
from cnncli.spec.layers import MOST_LAYERS, OPS, USE, LayerReader
from cnncli.spec.links import Flat, Link, Scope, TooLarge, Value
from cnncli.spec.model import Body, LayerUse, Param, Rounded, Spec
from cnncli.spec.names import Namer, base_name, explicit_names
from cnncli.spec.ordering import in_order, reachable
from cnncli.spec.params import with_params
from cnncli.spec.problems import Problems, TooManyProblems
from cnncli.spec.ranks import check_ranks
from cnncli.spec.tree import describe, from_value, shorten
from cnncli.spec.types import fits, item_code

MOST_NESTED_BLOCKS = 32
# Values in which there is nothing to fill in.
_SIMPLE = frozenset((str, int, float, bool, type(None)))
# What a nested model takes beside its layers.
_NESTED = catalog.ClassEntry("", {"trainable": "bool"}, ())


def expand(spec: Spec) -> Graph:
    """Return the network of `spec` as a flat list of nodes, each behind what it takes.

    What does not lead to an output is left out. Raises SpecError for names that lead nowhere,
    names used twice and cycles; a spec from `load_file` or `load_text` has none of these.
    """
    problems = Problems(spec.source)
    with contextlib.suppress(TooManyProblems):
        graph = expand_checked(spec, problems)
    problems.raise_errors()
    return graph


def expand_checked(spec: Spec, problems: Problems) -> Graph:
    """Expand as far as it goes; what is wrong goes to `problems`."""
    expansion = _Expansion(spec, problems)
    try:
        return expansion.graph(spec.body, spec.name)
    except TooLarge as error:
        problems.error(error.where, error.message)
        return Graph(spec.name, (), (), (), Position(1, 1))
    finally:
        unused.warn_of_blocks(spec, expansion.used_blocks, problems)


@dataclass(frozen=True)
class _Slot:
    """What an argument takes: its type in the catalog, its name for messages, its numbers."""

    code: str
    what: str
    bound: Bound


class _Expansion:
    def __init__(self, spec: Spec, problems: Problems) -> None:
        self.spec = spec
        self.problems = problems
        self.reader = LayerReader(problems, {n: b.params for n, b in spec.blocks.items()})
        self.used_blocks: set[str] = set()
        self.uses: dict[str, Position] = {}  # of blocks, by the name that each was given
        self.count = 0

    def graph(self, body: Body, name: str, params: Mapping[str, Any] = EMPTY) -> Graph:
        """Expand a body that is a network of its own: the file's, or a nested model's."""
        flat = Flat(self.problems, explicit_names(body))
        scope = Scope(Namer(flat.namer.taken), params=params)
        entered = body.input or (Input("input", EMPTY, body.where),)
        for entry in entered:
            if entry.name in scope.results:
                self.problems.error(entry.where, f'two inputs are called "{entry.name}"')
            scope.results[entry.name] = Ref(entry.name, None, entry.where)
            scope.namer.taken.add(entry.name)
            flat.namer.taken.add(entry.name)
        refs = tuple(Ref(entry.name, None, entry.where) for entry in entered)
        flat.inputs = entered
        scope.results.setdefault("input", refs[0] if len(refs) == 1 else refs)
        result = self.body(body, scope, flat)
        nodes, outputs = flat.resolved(result)
        return self._finished(name, body, entered, nodes, outputs)

    def _finished(
        self,
        name: str,
        body: Body,
        entered: tuple[Input, ...],
        nodes: list[Node],
        outputs: Inputs,
    ) -> Graph:
        ordered = in_order(nodes, self.problems)
        needed = reachable(ordered, outputs)
        check_ranks(entered, ordered, self.problems)
        unused.warn_of_results(ordered, body, needed, self.uses, self.problems)
        kept = tuple(node for node in ordered if node.name in needed)
        return Graph(name, entered, kept, outputs, body.where)

    def body(self, body: Body, scope: Scope, flat: Flat) -> Value:
        """Expand the layers of a body into `flat`; return what its output is."""
        self._claim_names(body, scope)
        before = scope.results["input"]
        for use in body.layers:
            before = self._item(use, before, scope, flat)
        return before if body.output is None else self._linked(body.output, scope)

    def _claim_names(self, body: Body, scope: Scope) -> None:
        first: dict[str, Position] = {}
        for use in body.layers:
            if use.name is None:
                continue
            where = use.argument_where.get("name", use.where)
            if use.name in first:
                said = self.problems.source.said(first[use.name])
                message = f'two layers are called "{shorten(use.name)}"'
                self.problems.error(where, message, f"the first is {said}")
            elif use.name in scope.results:
                self.problems.error(where, f'"{shorten(use.name)}" is the name of an input')
            first.setdefault(use.name, where)
            scope.namer.taken.add(use.name)

    def _item(self, use: LayerUse, before: Value, scope: Scope, flat: Flat) -> Value:
        """Expand one item with its repeats; return its result."""
        value = before if use.inputs is None else self._linked(use.inputs, scope)
        copies = self._copies(use, scope)
        if copies == 0:  # a parameter leaves it out, and another value would not
            self.used_blocks |= unused.within(use, self.spec.blocks)
        for number in range(1, copies + 1):
            label = self._label(use, number, copies, scope)
            value = self._copy(use, label, value, scope, flat)
            scope.results[label] = value
        if use.name is not None:
            scope.results[use.name] = value
        return value

    def _copies(self, use: LayerUse, scope: Scope) -> int:
        if use.repeat is None:
            return 1
        if not isinstance(use.repeat, Param | Rounded):
            return use.repeat
        value: Any = with_params(use.repeat, scope.params, self.problems)
        if fits(value, "integer") and value >= 0:
            return int(value)
        if value is not None or isinstance(use.repeat, Param):
            message = f'"repeat" is a whole number from 0 on, not {describe(value)}'
            self.problems.error(use.repeat.where, message)
        return 1

    def _label(self, use: LayerUse, number: int, copies: int, scope: Scope) -> str:
        if use.name is not None:
            return use.name if use.repeat is None else f"{use.name}_{number}"
        if use.word in self.spec.blocks:
            return scope.namer.numbered(use.word, 1)
        return scope.namer.numbered(base_name(use.word))

    def _copy(self, use: LayerUse, label: str, value: Value, scope: Scope, flat: Flat) -> Value:
        if use.word in self.spec.blocks:
            return self._block(use, label, value, scope, flat)
        self._count(use.where)
        # A name given twice was reported; what goes by it must not seem to take itself.
        free = not scope.prefix and label not in flat.nodes
        name = label if free else flat.namer.free(scope.prefix + label)
        flat.add(self._node(use, name, value, scope))
        return Ref(name, None, use.where)

    def _count(self, where: Position) -> None:
        self.count += 1
        if self.count > MOST_LAYERS:
            raise TooLarge(where, f"the network grows to more than {MOST_LAYERS:,} layers here")

    def _block(self, use: LayerUse, label: str, value: Value, scope: Scope, flat: Flat) -> Value:
        self._count(use.where)
        self.used_blocks.add(use.word)
        if use.word in scope.blocks:
            self.problems.error(use.where, f'the block "{use.word}" contains itself')
            return value
        if len(scope.blocks) >= MOST_NESTED_BLOCKS:
            raise TooLarge(use.where, f"blocks are nested more than {MOST_NESTED_BLOCKS} deep")
        block = self.spec.blocks[use.word]
        given = {
            name: with_params(item, scope.params, self.problems)
            for name, item in use.arguments.items()
        }
        prefix = flat.prefixes.free(f"{scope.prefix}{label}")
        self.uses[prefix] = use.where
        inner = Scope(
            namer=Namer(()),
            prefix=f"{prefix}_",
            group=(*scope.group, prefix),
            group_paths=(*scope.group_paths, use.path),
            params={**block.params, **given},
            results={"input": value},
            blocks=(*scope.blocks, use.word),
        )
        return self.body(block, inner, flat)

    def _node(self, use: LayerUse, name: str, value: Value, scope: Scope) -> Node:
        """Return the node of a use; its inputs, and the layer of `use`, are still links."""
        common: dict[str, Any] = {
            "name": name,
            "inputs": value,
            "where": use.where,
            "call": self._filled(use.call, scope, None),
            "argument_where": use.argument_where,
            "group": scope.group,
            "path": use.path,
            "group_paths": scope.group_paths,
        }
        if use.word == USE:
            link = self._linked(use.arguments["layer"], scope)
            return Node(kind="use", class_name="", arguments={"layer": link}, **common)
        if use.word.startswith(OPS):
            arguments = self._filled(use.arguments, scope, None)
            function = use.word.removeprefix(OPS)
            return Node(kind="op", class_name=function, arguments=arguments, **common)
        if use.body is not None:
            graph = self.graph(use.body, name, scope.params)
            arguments = self._filled(use.arguments, scope, _NESTED)
            return Node(
                kind="model", class_name=use.word, arguments=arguments, graph=graph, **common
            )
        entry = catalog.find("layer", use.word) or outside.entry(use.word)
        own = entry.name if entry is not None else use.word
        arguments = self._filled(use.arguments, scope, entry)
        if outside.is_outside(own):
            places = use.argument_where
            arguments = outside.Checks(self.problems).found(own, arguments, places)
        return Node(kind="layer", class_name=own, arguments=arguments, **common)

    def _filled(
        self, values: Mapping[str, Any], scope: Scope, cls: catalog.ClassEntry | None
    ) -> Mapping[str, Any]:
        if all(type(value) in _SIMPLE for value in values.values()):
            return values
        filled = {}
        for name, value in values.items():
            code = cls.arguments.get(name, "any") if cls is not None else "any"
            bound = cls.bounds.get(name, FREE) if cls is not None else FREE
            what = f'"{name}" of {cls.name}' if cls is not None and cls.name else f'"{name}"'
            filled[name] = self._fill(value, _Slot(code, what, bound), scope)
        return filled

    def _fill(self, value: Any, slot: _Slot, scope: Scope) -> Any:
        """Return a value with the block's parameters filled in and nested models expanded."""
        if isinstance(value, Param | Rounded):
            given = with_params(value, scope.params, self.problems)
            tree = from_value(given, value.where)
            read = self.reader.values.value(tree, slot.code, slot.what, slot.bound)
            return None if isinstance(read, Param) else self._fill(read, slot, scope)
        if isinstance(value, Thing):
            family = "layer" if slot.code == "activation" else slot.code
            entry = catalog.find(family, value.class_name)
            arguments = self._filled(value.arguments, scope, entry)
            return value if arguments is value.arguments else replace(value, arguments=arguments)
        if isinstance(value, LayerUse):
            assert value.body is not None
            graph = self.graph(value.body, value.name or base_name(value.word), scope.params)
            own = self._filled(value.arguments, scope, _NESTED)
            return replace(graph, trainable=own.get("trainable") is not False)
        if isinstance(value, tuple):
            item = replace(slot, code=item_code(slot.code), bound=slot.bound.items)
            return tuple(self._fill(each, item, scope) for each in value)
        return value

    def _linked(self, inputs: Inputs, scope: Scope) -> Value:
        if isinstance(inputs, Ref):
            return Link(scope, inputs.name, inputs.index, inputs.where)
        if isinstance(inputs, tuple):
            return tuple(self._linked(item, scope) for item in inputs)
        return {key: self._linked(item, scope) for key, item in inputs.items()}
