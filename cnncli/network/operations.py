"""Functions of `keras.ops` as nodes of a network."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.calls import call_arguments
from cnncli.network.faults import Fault
from cnncli.spec.graph import Node, Position

# Arguments of keras.ops that are tensors: a list given for one of them becomes an array.
TENSOR_ARGUMENTS = frozenset(
    {"x", "x1", "x2", "y", "a", "b", "condition", "indices", "values", "updates", "inputs"}
    | {"offset", "scale", "mean", "variance", "kernel", "bias", "mask", "query", "value"}
    | {"weights", "x_min", "x_max", "target", "output", "sorted_sequence"}
)


def find_function(name: str, where: Position) -> Callable[..., Any]:
    """Return `keras.ops.NAME`; Fault when there is no such function."""
    found: Any = load_keras().ops
    for part in name.split("."):
        found = None if part.startswith("_") else getattr(found, part, None)
    if not inspect.isfunction(found):
        raise Fault(f"keras.ops has no function {name}", where)
    return found


def operation_arguments(
    function: Callable[..., Any], node: Node, value: Any
) -> tuple[list[Any], dict[str, Any]]:
    """Put the tensors of `node` and its constants where `function` takes them."""
    constants = {key: _constant(node, key, item) for key, item in node.arguments.items()}
    constants.update(node.call)
    parameters = inspect.signature(function).parameters
    if not any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters.values()):
        return call_arguments(function, value, constants)
    leading = [
        constants.pop(p.name)
        for p in parameters.values()
        if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and p.name in constants
    ]
    return [*leading, *(value if isinstance(value, list) else [value])], constants


def takes_list(name: str, constants: Mapping[str, Any]) -> bool:
    """Whether `ops.NAME` takes its tensors as one list, the `constants` being given."""
    function = find_function(name, Position(0, 0))
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return False
    required = [p for p in parameters if p.default is p.empty and p.name not in constants]
    return len(required) <= 1


def name_operations(results: Any, inputs: Iterable[Any], name: str, taken: set[str]) -> None:
    """Name the operations that made `results` from `inputs`: the last one `name`.

    A function of keras.ops takes no name, and Keras's own counter would make names that depend
    on what else the process has built.
    """
    import keras

    known = {id(tensor) for tensor in inputs}
    front = [tensor for tensor in keras.tree.flatten(results) if id(tensor) not in known]
    seen: set[int] = set()
    while front:
        tensor = front.pop()
        history = getattr(tensor, "_keras_history", None)
        if history is None or id(tensor) in known or id(history.operation) in seen:
            continue
        operation = history.operation
        seen.add(id(operation))
        operation.name = _free(name, taken) if len(seen) > 1 else name
        front.extend(operation._inbound_nodes[history.node_index].input_tensors)


def _free(name: str, taken: set[str]) -> str:
    number = 1
    while f"{name}_{number}" in taken:
        number += 1
    taken.add(f"{name}_{number}")
    return f"{name}_{number}"


def _constant(node: Node, key: str, value: Any) -> Any:
    where = node.argument_where.get(key, node.where)
    if key == "key" and node.class_name == "get_item":
        return slice_key(value, where)
    if key in TENSOR_ARGUMENTS and isinstance(value, tuple | list):
        import numpy as np

        array = np.array(value)
        return array.astype("float32") if array.dtype.kind == "f" else array
    return _listed(value)


def _listed(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_listed(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _listed(item) for key, item in value.items()}
    return value


def slice_key(value: Any, where: Position) -> Any:
    """Read the key of `get_item`: a text as Python writes it (":, 0"), or a list of its parts."""
    if isinstance(value, bool | int):
        return int(value)
    parts = value.split(",") if isinstance(value, str) else value
    try:
        key = tuple(_slice_part(part) for part in parts)
    except (ValueError, TypeError):
        raise Fault(
            f"{value!r} is no slice", where, hint='write it as in Python: key: ":, 0, 1:3"'
        ) from None
    return key[0] if len(key) == 1 else key


def _slice_part(part: Any) -> Any:
    if not isinstance(part, str):
        return part if part is None else int(part)
    text = part.strip()
    if text == "...":
        return Ellipsis
    if text in ("None", "null", "newaxis"):
        return None
    if ":" in text:
        bounds = [int(bound) if bound.strip() else None for bound in text.split(":")]
        return slice(*bounds)
    return int(text)
