"""Graph -> Keras model: every node called in order, every fault at the node's line."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.calls import call_arguments
from cnncli.network.faults import Fault, describe
from cnncli.network.objects import argument_value, construct, find_class
from cnncli.network.operations import find_function, name_operations, operation_arguments
from cnncli.network.outside_layers import outside_layer
from cnncli.network.parameters import DEFAULT_BOUND, Bound, deferred_weights
from cnncli.network.shapes import label, refusal
from cnncli.spec import outside
from cnncli.spec.graph import Graph, Input, Node, Ref, Thing
from cnncli.spec.ordering import references


def functional_model(graph: Graph, bound: Bound | None = None) -> Any:
    """Build a `keras.Model` of `graph`; raises Fault for all that Keras refuses."""
    network = _Network(graph, bound)
    for node in graph.nodes:
        network.add(node)
    if network.faults:
        first, *network.faults[0].others = network.faults
        raise first from first.__cause__
    inputs = [network.tensors[entry.name] for entry in graph.inputs]
    outputs = network.gather(graph.outputs)
    try:
        return load_keras().Model(
            inputs[0] if len(inputs) == 1 else inputs, outputs, name=graph.name
        )
    except Exception as error:
        raise Fault(describe(error), graph.where) from error


def nested_model(graph: Graph, class_name: str, name: str, bound: Bound | None = None) -> Any:
    """Build the model that stands as one layer in another."""
    if class_name == "Sequential":
        return _sequential(graph, name)
    model = functional_model(graph, bound)
    model.name = name
    return model


def _sequential(graph: Graph, name: str) -> Any:
    """Build a `keras.Sequential`; its layers get their shapes when it is called."""
    keras = load_keras()
    model = keras.Sequential(name=name)
    if graph.inputs and graph.inputs[0].arguments:
        model.add(_input(graph.inputs[0]))
    before = graph.inputs[0].name if graph.inputs else None
    for node in graph.nodes:
        if outside.is_outside(node.class_name):
            raise Fault(f"{node.class_name} cannot stand in a Sequential; use Model", node.where)
        chained = isinstance(node.inputs, Ref) and node.inputs.index is None
        if node.kind not in ("layer", "model") or node.call or not chained:
            raise Fault("Sequential holds a plain chain of layers; use Model here", node.where)
        if before is not None and node.inputs.name != before:
            raise Fault("Sequential holds a plain chain of layers; use Model here", node.where)
        try:
            model.add(_layer(node, None))
        except Fault:
            raise
        except Exception as error:
            raise Fault(describe(error), node.where) from error
        before = node.name
    return model


class _Network:
    """The tensors and layers of one graph, as they come to be.

    Behind a fault goes what the layer would have given, as far as that can be said; what follows
    from it alone is no fault of its own.
    """

    def __init__(self, graph: Graph, bound: Bound | None) -> None:
        self.bound = bound
        self.tensors: dict[str, Any] = {entry.name: _input(entry) for entry in graph.inputs}
        self.layers: dict[str, Any] = {}
        self.graphs: dict[str, Graph] = {}
        self.taken = set(self.tensors) | {node.name for node in graph.nodes}
        self.faults: list[Fault] = []
        self.unclear: set[str] = set()  # results of which not all sizes are known, by a fault

    def add(self, node: Node) -> None:
        """Call what `node` stands for on its inputs, and keep the result under its name."""
        unclear = not self.unclear.isdisjoint(references(node))
        try:
            made = self._made(node)
        except Fault as fault:
            self._lost(node, fault.all())
            return
        try:
            result = self._operation(node) if made is None else self._call(node, *made)
        except Fault as fault:
            self._lost(node, [] if unclear else fault.all())
            return
        except Exception:
            if not unclear:
                raise
            self._lost(node, [])
            return
        self.tensors[node.name] = result
        if unclear and _is_open(result):
            self.unclear.add(node.name)

    def _made(self, node: Node) -> tuple[Any, Graph | None] | None:
        """Return the layer of a node, and the graph within it; None for an operation."""
        if node.kind == "op":
            return None
        if node.kind == "use":
            layer = self.layers[node.class_name]
            nested = self.graphs.get(node.class_name)
        elif outside.is_outside(node.class_name):
            layer, nested = outside_layer(node, self.gather(node.inputs)), None
        else:
            layer, nested = _layer(node, self.bound), node.graph
        self.layers[node.name] = layer
        if nested is not None:
            self.graphs[node.name] = nested
        return layer, nested

    def _lost(self, node: Node, faults: list[Fault]) -> None:
        """Keep the faults of a node, and what it would have given."""
        self.faults += faults
        self.unclear.add(node.name)
        self.tensors[node.name] = _supposed(node, self.tensors)

    def gather(self, inputs: Any) -> Any:
        """Replace each Ref in `inputs` by its tensor, keeping lists and mappings."""
        if isinstance(inputs, Ref):
            return self._tensor(inputs)
        if isinstance(inputs, tuple):
            return [self.gather(item) for item in inputs]
        if inputs is None:
            return None
        return {key: self.gather(item) for key, item in inputs.items()}

    def _call(self, node: Node, layer: Any, nested: Graph | None) -> Any:
        value = self.gather(node.inputs)
        names = [entry.name for entry in nested.inputs] if nested is not None else []
        if isinstance(value, dict) and set(value) == set(names):
            value = [value[name] for name in names]
        constants = {k: argument_value(k, v, node.where) for k, v in node.call.items()}

        def call() -> Any:
            positional, named = call_arguments(layer.call, value, constants)
            return layer(*positional, **named)

        try:
            return self._attempt(node, call)
        except Fault:
            if node.kind == "model" and node.class_name == "Sequential":
                self._blame_inner(node, layer, value)
            raise

    def _operation(self, node: Node) -> Any:
        function = find_function(node.class_name, node.where)
        value = self.gather(node.inputs)
        tensors = [] if value is None else load_keras().tree.flatten(value)
        if not tensors:
            raise Fault(f"ops.{node.class_name} needs a tensor to work on", node.where)

        def call() -> Any:
            positional, named = operation_arguments(function, node, value)
            return function(*positional, **named)

        result = self._attempt(node, call)
        name_operations(result, tensors, node.name, self.taken)
        return result

    def _attempt(self, node: Node, call: Callable[[], Any]) -> Any:
        """Call; what Keras refuses, and too many parameters, is a Fault of `node`."""
        try:
            result = call()
        except (Fault, MemoryError):
            raise
        except Exception as error:
            self._check(node)
            raise refusal(node, error, self.tensors) from error
        self._check(node)
        return result

    def _check(self, node: Node) -> None:
        if self.bound is not None:
            self.bound.check(label(node), node.where)

    def _blame_inner(self, node: Node, sequential: Any, tensor: Any) -> None:
        """Find the layer inside a Sequential that cannot take what comes to it."""
        assert node.graph is not None
        for inner, layer in zip(node.graph.nodes, sequential.layers, strict=True):
            try:
                tensor = layer(tensor)
            except Exception as error:
                shapes = {inner.inputs.name: tensor}
                raise refusal(inner, error, shapes) from error

    def _tensor(self, ref: Ref) -> Any:
        value = self.tensors[ref.name]
        if ref.index is None:
            return value
        results = _results(value)
        if ref.index < len(results):
            return results[ref.index]
        count = "one result" if len(results) == 1 else f"{len(results)} results, from 0 on"
        raise Fault(f'there is no "{ref.name}/{ref.index}": it has {count}', ref.where)


def _is_open(result: Any) -> bool:
    return any(None in tensor.shape[1:] for tensor in load_keras().tree.flatten(result))


def _supposed(node: Node, tensors: Mapping[str, Any]) -> Any:
    """Return what a layer gives whose input has unknown sizes, where its channels are its own."""
    entering = tensors.get(node.inputs.name) if isinstance(node.inputs, Ref) else None
    if node.kind != "layer" or not {"filters", "units"} & set(node.arguments):
        return None
    channels = getattr(entering, "shape", (1,))[-1] or 1
    with contextlib.suppress(Exception), deferred_weights(DEFAULT_BOUND, initialize=False):
        layer = _layer(node, None)
        rank = layer.input_spec.ndim or layer.input_spec.min_ndim
        return layer(load_keras().Input((*[None] * (rank - 2), channels)))
    return None


def _results(value: Any) -> list[Any]:
    """Return what a node gives as a list; mappings in the order in which Keras flattens them."""
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list | tuple) else [value]


def _input(entry: Input) -> Any:
    arguments = {k: argument_value(k, v, entry.where) for k, v in entry.arguments.items()}
    try:
        return load_keras().Input(name=entry.name, **arguments)
    except Exception as error:
        raise Fault(f"Keras refuses this input: {describe(error)}", entry.where) from error


def _layer(node: Node, bound: Bound | None) -> Any:
    if node.kind == "model":
        assert node.graph is not None
        model = nested_model(node.graph, node.class_name, node.name, bound)
        if node.arguments.get("trainable") is False:
            model.trainable = False
        return model
    cls = find_class(node.class_name, "layer", node.where)
    arguments = {key: _with_models(value) for key, value in node.arguments.items()}
    return construct(cls, arguments, node.where, places=node.argument_where, name=node.name)


def _with_models(value: Any) -> Any:
    """Replace each graph in an argument of a layer, however deep, by the model that it is."""
    if isinstance(value, Graph):
        shaped = any(entry.arguments for entry in value.inputs)
        model = nested_model(value, "Model" if shaped else "Sequential", value.name)
        if not value.trainable:
            model.trainable = False
        return model
    if isinstance(value, Thing):
        arguments = {key: _with_models(item) for key, item in value.arguments.items()}
        return dataclasses.replace(value, arguments=arguments)
    if isinstance(value, Mapping):
        return {key: _with_models(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_models(item) for item in value]
    return value
