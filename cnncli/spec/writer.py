"""Spec or Graph -> YAML text that reads back as an equal network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cnncli.spec.graph import Graph, Input, Inputs, Node, Position, Ref, Thing
from cnncli.spec.layers import OPS, USE
from cnncli.spec.model import Body, LayerUse, Param, Pattern, Phase, Rounded, Spec, Training
from cnncli.spec.names import Namer, base_name
from cnncli.spec.ordering import names_in, references
from cnncli.spec.phases import say_all
from cnncli.spec.recipe import KEYS as TRAINING_KEYS
from cnncli.spec.recipe import PHASES
from cnncli.spec.yaml_text import Text, document

_NOWHERE = Position(0, 0)
_LISTS = ("callbacks", "augmentation", "metrics", "freeze", "unfreeze")  # of `training`
# What a file need not say.
_DEFAULTS = {key: getattr(Spec, key) for key in ("seed", "preprocess", "resize")}


def dump(spec: Spec, *, brief: bool = False) -> str:
    """Return `spec` as YAML, blocks kept; a parameter is kept where its value was not changed.

    Where a section is not said its default is written, but not with `brief`.
    """
    writer = _Writer(spec)
    content = writer.content()
    if brief:
        content = {key: value for key, value in content.items() if value != _DEFAULTS.get(key)}
    params = {name: value for name, value in spec.params.items() if name in writer.kept}
    if params:
        content = _before(content, "input", {"params": params})
    return document(content)


def dump_graph(spec: Spec, graph: Graph) -> str:
    """Return `spec` with `graph` for its layers: no blocks, no repeats, no parameters."""
    return dump(flat(spec, graph))


def flat(spec: Spec, graph: Graph) -> Spec:
    """Return the spec whose layers are the nodes of `graph`, named where that is needed."""
    return replace(spec, body=body_of(graph), blocks={}, params={}, filled={})


def body_of(graph: Graph) -> Body:
    """Return the nodes of a graph as a list of layers."""
    named = _names_needed(graph)
    before: Inputs = _entering(graph.inputs)
    uses = []
    for node in graph.nodes:
        inputs = None if _same(node.inputs, before) else node.inputs
        uses.append(_use_of(node, node.name if node.name in named else None, inputs))
        before = Ref(node.name, None, _NOWHERE)
    output = None if _same(graph.outputs, before) and graph.nodes else graph.outputs
    sequential = not any(entry.arguments for entry in graph.inputs)
    return Body(tuple(uses), graph.where, () if sequential else graph.inputs, output)


def _use_of(node: Node, name: str | None, inputs: Inputs) -> LayerUse:
    words = {"op": OPS + node.class_name, "use": USE}
    arguments = node.arguments
    if node.kind == "use":
        arguments = {"layer": Ref(node.class_name, None, node.where)}
    return LayerUse(
        word=words.get(node.kind, node.class_name),
        arguments=arguments,
        where=node.where,
        argument_where=node.argument_where,
        name=name,
        inputs=inputs,
        call=node.call,
        body=body_of(node.graph) if node.graph is not None else None,
    )


def _entering(inputs: tuple[Input, ...]) -> Inputs:
    refs = tuple(Ref(entry.name, None, _NOWHERE) for entry in inputs)
    return refs[0] if len(refs) == 1 else refs


def _same(a: Inputs, b: Inputs) -> bool:
    if isinstance(a, Ref) and isinstance(b, Ref):
        return (a.name, a.index) == (b.name, b.index)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return False


def _names_needed(graph: Graph) -> set[str]:
    """Return the names that must be written: those taken by name, or not the ones we would make."""
    needed = set(names_in(graph.outputs))
    before = ""
    for node in graph.nodes:
        taken = set(references(node))
        needed |= taken if taken != {before} or node.kind == "use" else set()
        before = node.name
    if before and isinstance(graph.outputs, Ref) and graph.outputs.index is None:
        needed -= {before} if graph.outputs.name == before else set()
    while True:
        namer = Namer({*needed, *(entry.name for entry in graph.inputs)})
        more = {
            node.name
            for node in graph.nodes
            if node.name not in needed and namer.numbered(_base(node)) != node.name
        }
        if not more:
            return needed
        needed |= more


def _base(node: Node) -> str:
    if node.kind == "use":
        return USE
    return base_name(OPS + node.class_name if node.kind == "op" else node.class_name)


def _before(content: dict[str, Any], key: str, more: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for name, value in content.items():
        if name == key:
            merged.update(more)
        merged[name] = value
    return merged


class _Writer:
    """Turns a Spec into plain data; `kept` are the parameters that it still names."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.kept: set[str] = set()

    def content(self) -> dict[str, Any]:
        spec = self.spec
        content: dict[str, Any] = {"name": spec.name}
        if spec.description:
            content["description"] = spec.description
        content["seed"] = spec.seed
        content["input"] = self.inputs(spec.body.input)
        content["preprocess"] = spec.preprocess
        content["resize"] = spec.resize
        if spec.dtype is not None:
            content["dtype"] = spec.dtype
        if spec.blocks:
            content["blocks"] = {name: self.block(body) for name, body in spec.blocks.items()}
        content["layers"] = [self.use(use) for use in spec.body.layers]
        if spec.body.output is not None:
            content["output"] = names(spec.body.output)
        training = self.training(spec.training)
        if training:
            content["training"] = training
        return content

    def inputs(self, entries: tuple[Input, ...]) -> Any:
        if len(entries) == 1 and entries[0].name == "input":
            return self._input(entries[0])
        if len(entries) == 1:
            return {**self._arguments_of(entries[0]), "name": entries[0].name}
        return {entry.name: self._input(entry) for entry in entries}

    def _input(self, entry: Input) -> Any:
        arguments = self._arguments_of(entry)
        return arguments["shape"] if set(arguments) == {"shape"} else arguments

    def _arguments_of(self, entry: Input) -> dict[str, Any]:
        return {
            key: self._param(value, entry.where) or self.value(value)
            for key, value in entry.arguments.items()
        }

    def block(self, body: Body) -> dict[str, Any]:
        content: dict[str, Any] = {}
        if body.params:
            content["params"] = {name: self.value(item) for name, item in body.params.items()}
        content["layers"] = [self.use(use) for use in body.layers]
        if body.output is not None:
            content["output"] = names(body.output)
        return content

    def use(self, use: LayerUse) -> Any:
        own = {
            name: self._param(value, use.argument_where.get(name)) or self.value(value)
            for name, value in use.arguments.items()
        }
        if use.name is not None:
            own["name"] = use.name
        if use.inputs is not None:
            own["inputs"] = names(use.inputs)
        if use.call:
            own["call"] = self.value(use.call)
        if use.repeat is not None:
            own["repeat"] = self.value(use.repeat)
        if use.body is not None:
            if use.body.input:
                own["input"] = self.inputs(use.body.input)
            own["layers"] = [self.use(inner) for inner in use.body.layers]
            if use.body.output is not None:
                own["output"] = names(use.body.output)
        return {use.word: own} if own else use.word

    def _param(self, value: Any, where: Position | None) -> Text | None:
        """Return `$name` for a value that came from a parameter and is still that one's."""
        name = self.spec.filled.get(where) if where is not None else None
        if name is None or name not in self.spec.params or isinstance(value, Param):
            return None
        if self.value(value) != self.value(self.spec.params[name]):
            return None
        self.kept.add(name)
        return Text(f"${name}")

    def value(self, value: Any) -> Any:
        """Return a value of an argument as plain data."""
        if isinstance(value, Thing):
            own = {
                name: self._param(item, value.argument_where.get(name)) or self.value(item)
                for name, item in value.arguments.items()
            }
            return {value.class_name: own}
        if isinstance(value, LayerUse):
            return self.use(value)
        if isinstance(value, Graph):
            inputs = [entry for entry in value.inputs if entry.arguments]
            word = "Model" if inputs else "Sequential"
            return self.use(LayerUse(word, {}, value.where, name=value.name, body=body_of(value)))
        if isinstance(value, Ref):
            return names(value)
        if isinstance(value, Pattern):
            return self._param(value.text, value.where) or value.text
        if isinstance(value, Rounded):
            return dict(value.parts)
        if isinstance(value, Mapping):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value

    def training(self, training: Training) -> dict[str, Any]:
        default = Training()
        content = {}
        for key in TRAINING_KEYS:
            value = getattr(training, key)
            # A section that is there says how long it trains, whatever the defaults become.
            said = training.where is not None and key in ("epochs", "batch_size")
            said = said and not say_all(training, key)
            if value == getattr(default, key) and not said:
                continue
            content[key] = self._said(key, value)
        if training.phases:
            content[PHASES] = [self._phase(phase) for phase in training.phases]
        return content

    def _phase(self, phase: Phase) -> dict[str, Any]:
        said = phase.said
        return {key: self._said(key, said[key]) for key in TRAINING_KEYS if key in said}

    def _said(self, key: str, value: Any) -> Any:
        """Return what a section says under a key, or a phase of it."""
        return [self._thing(item) for item in value] if key in _LISTS else self._thing(value)

    def _thing(self, value: Any) -> Any:
        written = self.value(value)
        if isinstance(value, Thing) and not value.arguments:
            return value.class_name
        return written


def names(inputs: Inputs) -> Any:
    """Return inputs or outputs as plain data: a name, a list or a mapping."""
    if isinstance(inputs, Ref):
        return inputs.name if inputs.index is None else f"{inputs.name}/{inputs.index}"
    if isinstance(inputs, Mapping):
        return {key: names(item) for key, item in inputs.items()}
    return [names(item) for item in inputs]
