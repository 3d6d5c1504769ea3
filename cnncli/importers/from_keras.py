"""Keras model -> Graph: the calls that lead from its inputs to its outputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cnncli.errors import ModelError
from cnncli.importers.from_config import NOWHERE, layer_thing, policy_name
from cnncli.importers.from_operation import operation_constants, operation_function
from cnncli.network.backend import load_keras
from cnncli.network.calls import filled
from cnncli.network.objects import dtype_policy
from cnncli.spec.graph import Graph, Input, Node, Ref


def graph_of(model: Any, *, nested: bool = False) -> Graph:
    """Return the graph of a functional or sequential Keras model.

    Raises ModelError, naming the layer, for what is code and cannot be written in a spec.
    """
    _refuse_subclass(model)
    if nested:
        chain = isinstance(model, load_keras().Sequential)
        return _chain(model) if chain else _Walk(model).graph(model.name)
    with dtype_policy(dtype_of(model), NOWHERE):
        return _Walk(_functional(model)).graph(model.name)


def dtype_of(model: Any) -> str:
    """Return the dtype policy that most layers of `model` have."""
    keras = load_keras()
    policies = [
        policy_name(layer.dtype_policy)
        for layer in model._flatten_layers()
        if not isinstance(layer, keras.Model | keras.layers.InputLayer)
    ]
    named = [policy for policy in policies if policy is not None]
    return max(set(named), key=named.count) if named else "float32"


def _functional(model: Any) -> Any:
    keras = load_keras()
    if not isinstance(model, keras.Sequential):
        return model
    if model._functional is None:
        raise ModelError(
            f'"{model.name}" is a Sequential that does not know its input shape',
            hint="Put a keras.Input first, or call build.",
        )
    return model._functional


def _refuse_subclass(model: Any) -> None:
    from keras.src.models.functional import Functional

    keras = load_keras()
    for cls in (keras.Sequential, Functional):
        if isinstance(model, cls) and type(model).call is cls.call:
            return
    raise ModelError(
        f'"{model.name}" is a {type(model).__name__}: a model whose call is Python code '
        "cannot be written in a spec"
    )


def _chain(model: Any) -> Graph:
    """Return the graph of a Sequential that stands as a layer in another model."""
    nodes: list[Node] = []
    before = "input"
    for layer in model.layers:
        inputs = Ref(before, None, NOWHERE)
        rank = _rank(layer._inbound_nodes[0]) if layer._inbound_nodes else None
        nodes.append(_layer_node(layer, layer.name, inputs, {}, rank))
        before = layer.name
    start = Input("input", {}, NOWHERE)
    return Graph(model.name, (start,), tuple(nodes), Ref(before, None, NOWHERE), NOWHERE)


def _rank(call: Any) -> int | None:
    return len(call.input_tensors[0].shape) if call.input_tensors else None


class _Walk:
    """One model, walked from its outputs to its inputs."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.inputs = {id(tensor): _operation(tensor).name for tensor in model._inputs}
        self.names: dict[int, str] = {}  # id of a Keras node -> the name of its result
        self.first: dict[int, str] = {}  # id of an operation -> the name of its first call
        self.taken = {operation.name for operation in model._operations}

    def graph(self, name: str) -> Graph:
        nodes = [self._node(call) for call in self._calls()]
        inputs = tuple(
            Input(self.inputs[id(tensor)], _input_arguments(tensor), NOWHERE)
            for tensor in self.model._inputs
        )
        outputs = self._refs(self.model._outputs_struct)
        return Graph(name, inputs, tuple(nodes), outputs, NOWHERE)

    def _calls(self) -> Iterator[Any]:
        """Give the Keras nodes, each behind those that it takes, in the order of arguments."""
        done: set[int] = set()
        stack = [(tensor, False) for tensor in reversed(self.model._outputs)]
        while stack:
            tensor, ready = stack.pop()
            if id(tensor) in self.inputs:
                continue
            call = _call(tensor)
            if id(call) in done:
                continue
            if ready:
                done.add(id(call))
                yield call
                continue
            stack.append((tensor, True))
            stack.extend((taken, False) for taken in reversed(call.input_tensors))

    def _node(self, call: Any) -> Node:
        operation = call.operation
        name = self._name(operation)
        self.names[id(call)] = name
        again = self.first.setdefault(id(operation), name)
        keras = load_keras()
        if not isinstance(operation, keras.layers.Layer):
            return self._operation_node(call, name)
        inputs, constants = self._arguments(call, operation.call)
        if again != name:
            return Node(name, "use", again, {}, inputs, NOWHERE, call=constants)
        return _layer_node(operation, name, inputs, constants, _rank(call))

    def _operation_node(self, call: Any, name: str) -> Node:
        function_name, function = operation_function(call.operation)
        arguments = _bound(call.operation.call, call.arguments)
        tensors = {k: v for k, v in arguments.items() if _holds_tensor(v)}
        constants = {k: v for k, v in arguments.items() if k not in tensors}
        constants = operation_constants(call.operation, function, constants)
        inputs = self._inputs(tensors, function, constants)
        return Node(name, "op", function_name, constants, inputs, NOWHERE)

    def _name(self, operation: Any) -> str:
        if id(operation) not in self.first:
            return str(operation.name)
        number = 1
        while f"{operation.name}_again_{number}" in self.taken:
            number += 1
        self.taken.add(f"{operation.name}_again_{number}")
        return f"{operation.name}_again_{number}"

    def _arguments(self, call: Any, function: Callable[..., Any]) -> tuple[Any, dict[str, Any]]:
        """Return what enters a layer, and the constants of its call."""
        arguments = _bound(function, call.arguments)
        arguments = {k: v for k, v in arguments.items() if not _is_computed_mask(k, v, arguments)}
        tensors = {k: v for k, v in arguments.items() if _holds_tensor(v)}
        constants = {k: v for k, v in arguments.items() if k not in tensors}
        defaults = inspect.signature(function).parameters
        said = {k: v for k, v in constants.items() if v != defaults[k].default}
        return self._inputs(tensors, function, said), said

    def _inputs(
        self, tensors: Mapping[str, Any], function: Callable[..., Any], constants: Mapping[str, Any]
    ) -> Any:
        """Write the tensors of a call as `inputs`: in order where that says it, else by name."""
        refs = {key: self._refs(value) for key, value in tensors.items()}
        values = list(refs.values())
        for short in (*(values if len(values) == 1 else ()), tuple(values)):
            listed = list(short) if isinstance(short, tuple) else short
            try:
                said = filled(function, listed, constants)
            except TypeError:
                continue
            if {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()} == refs:
                return short
        parameters = inspect.signature(function).parameters.values()
        variadic = [p.name for p in parameters if p.kind is p.VAR_POSITIONAL]
        return values[0] if variadic and list(refs) == variadic else refs

    def _refs(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): self._refs(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._refs(item) for item in value)
        if id(value) in self.inputs:
            return Ref(self.inputs[id(value)], None, NOWHERE)
        call = _call(value)
        several = len(call.outputs) > 1
        index = value._keras_history.tensor_index if several else None
        return Ref(self.names[id(call)], index, NOWHERE)


def _layer_node(
    layer: Any, name: str, inputs: Any, constants: Mapping[str, Any], rank: int | None
) -> Node:
    keras = load_keras()
    if isinstance(layer, keras.Model):
        class_name = "Sequential" if isinstance(layer, keras.Sequential) else "Model"
        graph = graph_of(layer, nested=True)
        return Node(name, "model", class_name, {}, inputs, NOWHERE, call=constants, graph=graph)
    thing = layer_thing(layer, rank=rank)
    arguments = {
        key: graph_of(value, nested=True) if isinstance(value, keras.Model) else value
        for key, value in thing.arguments.items()
    }
    return Node(name, "layer", thing.class_name, arguments, inputs, NOWHERE, call=constants)


def _input_arguments(tensor: Any) -> dict[str, Any]:
    """Return the arguments of `keras.Input` that make this tensor."""
    batch, *shape = tensor.shape
    arguments: dict[str, Any] = {"shape": tuple(shape)}
    if batch is not None:
        arguments = {"batch_shape": tuple(tensor.shape)}
    if tensor.dtype != "float32":
        arguments["dtype"] = tensor.dtype
    for flag in ("sparse", "ragged"):
        if getattr(tensor, flag, False):
            arguments[flag] = True
    if getattr(_operation(tensor), "optional", False):
        arguments["optional"] = True
    return arguments


def _operation(tensor: Any) -> Any:
    return tensor._keras_history.operation


def _call(tensor: Any) -> Any:
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _bound(function: Callable[..., Any], arguments: Any) -> dict[str, Any]:
    """Return the arguments of a call by name."""
    bound = inspect.signature(function).bind(*arguments.args, **arguments.kwargs).arguments
    flat: dict[str, Any] = {}
    for key, value in bound.items():
        kind = inspect.signature(function).parameters[key].kind
        flat.update(value) if kind is inspect.Parameter.VAR_KEYWORD else flat.update({key: value})
    return flat


def _holds_tensor(value: Any) -> bool:
    return any(hasattr(leaf, "_keras_history") for leaf in load_keras().tree.flatten(value))


def _is_computed_mask(key: str, value: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether a mask is the one that Keras passes on by itself, or none at all."""
    if key != "mask" and not key.endswith("_mask"):
        return False
    from keras.src import backend

    flatten = load_keras().tree.flatten
    computed = {
        id(backend.get_keras_mask(leaf))
        for other, item in arguments.items()
        if other != key
        for leaf in flatten(item)
        if hasattr(leaf, "_keras_history")
    }
    return all(leaf is None or id(leaf) in computed for leaf in flatten(value))
