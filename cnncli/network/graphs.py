"""Graph -> Keras model: every node called in order, every fault at the node's line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault, describe
from cnncli.network.objects import argument_value, construct, find_class
from cnncli.network.parameters import Bound
from cnncli.network.shapes import refusal
from cnncli.spec.graph import Graph, Input, Node, Position, Ref


def functional_model(graph: Graph, bound: Bound | None = None) -> Any:
    """Build a `keras.Model` of `graph`; must run where Fault is caught."""
    keras = load_keras()
    tensors: dict[str, Any] = {}
    layers: dict[str, Any] = {}
    inputs = [_input(entry) for entry in graph.inputs]
    tensors.update(zip((entry.name for entry in graph.inputs), inputs, strict=True))
    for node in graph.nodes:
        tensors[node.name] = _apply(node, tensors, layers, bound)
    outputs = _gather(graph.outputs, tensors)
    try:
        return keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs, name=graph.name)
    except Exception as error:
        raise Fault(describe(error), graph.where) from error


def nested_model(graph: Graph, name: str, bound: Bound | None = None) -> Any:
    """Build a graph that stands as one layer in another."""
    raise NotImplementedError("graphs come next")


def _input(entry: Input) -> Any:
    try:
        return load_keras().Input(name=entry.name, **_plain(entry.arguments))
    except Exception as error:
        raise Fault(f"Keras refuses this input: {describe(error)}", entry.where) from error


def _apply(
    node: Node, tensors: Mapping[str, Any], layers: dict[str, Any], bound: Bound | None
) -> Any:
    """Call what `node` stands for on its inputs, and return the result."""
    if node.kind == "op":
        return _apply_op(node, tensors)
    if node.kind == "use":
        layer = layers[node.class_name]
    elif node.kind == "model":
        assert node.graph is not None
        layer = nested_model(node.graph, node.name, bound)
    else:
        cls = find_class(node.class_name, "layer", node.where)
        layer = construct(cls, node.arguments, node.where, name=node.name)
    layers[node.name] = layer
    what = node.class_name if node.kind == "layer" else f'"{node.name}"'
    return _call(layer, layer.call, node, what, tensors, bound)


def _call(
    function: Callable[..., Any],
    signature_of: Callable[..., Any],
    node: Node,
    what: str,
    tensors: Mapping[str, Any],
    bound: Bound | None,
) -> Any:
    value = _gather(node.inputs, tensors)
    positional, named = call_arguments(signature_of, value, node.call)
    try:
        result = function(*positional, **named)
    except MemoryError:
        raise
    except Exception as error:
        if bound is not None:
            bound.check(what, node.where)
        raise refusal(node, what, error, tensors) from error
    if bound is not None:
        bound.check(what, node.where)
    return result


def call_arguments(
    function: Callable[..., Any], value: Any, constants: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Fill the call arguments that no constant fills with `value`, in order.

    One required argument takes the whole value, several take one item of a list each; a
    mapping names them.
    """
    named = dict(_plain(constants))
    if isinstance(value, dict):
        return [], {**value, **named}
    if value is None:
        return [], named
    names = _open_arguments(function, named)
    required = [name for name, needed in names if needed]
    if not isinstance(value, list) or len(required) <= 1:
        return ([value], named) if not names else ([], {names[0][0]: value, **named})
    return [], {**dict(zip((name for name, _ in names), value, strict=False)), **named}


def _open_arguments(
    function: Callable[..., Any], constants: Mapping[str, Any]
) -> list[tuple[str, bool]]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    return [
        (name, parameter.default is inspect.Parameter.empty)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind in kinds and name not in constants
    ]


def _apply_op(node: Node, tensors: Mapping[str, Any]) -> Any:
    raise NotImplementedError("graphs come next")


def _gather(inputs: Any, tensors: Mapping[str, Any]) -> Any:
    """Replace each Ref in `inputs` by its tensor, keeping lists and mappings."""
    if isinstance(inputs, Ref):
        return _tensor(inputs, tensors)
    if isinstance(inputs, tuple):
        return [_gather(item, tensors) for item in inputs]
    if inputs is None:
        return None
    return {key: _gather(item, tensors) for key, item in inputs.items()}


def _tensor(ref: Ref, tensors: Mapping[str, Any]) -> Any:
    value = tensors[ref.name]
    if ref.index is None:
        return value
    try:
        return value[ref.index] if isinstance(value, list | tuple) else _single(ref, value)
    except IndexError:
        raise Fault(f'"{ref.name}" has {len(value)} results, numbered from 0', ref.where) from None


def _single(ref: Ref, value: Any) -> Any:
    if ref.index == 0:
        return value
    raise Fault(f'"{ref.name}" has one result only', ref.where)


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    nowhere = Position(0, 0)
    return {key: argument_value(key, value, nowhere) for key, value in arguments.items()}
