"""Operations of `keras.ops` in a Keras model, as the functions that make them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras

# Operations whose function is not their name in snake case.
_FUNCTIONS = {
    "CDist": "cdist",
    "BatchNorm": "batch_normalization",
    "RMSNorm": "rms_normalization",
    "LayerNorm": "layer_normalization",
    "AllClose": "allclose",
    "IsIn": "isin",
    "SearchSorted": "searchsorted",
}
_LARGEST_ARRAY = 10_000  # numbers; more do not belong into a text that people read


def operation_function(operation: Any) -> tuple[str, Callable[..., Any]]:
    """Return the name of the function of `keras.ops` that makes `operation`, and the function."""
    name = type(operation).__name__
    function_name = _FUNCTIONS.get(name) or _snake_case(name)
    for prefix in ("", "image.", "linalg.", "nn.", "numpy."):
        function: Any = load_keras().ops
        for part in f"{prefix}{function_name}".split("."):
            function = getattr(function, part, None)
        if inspect.isfunction(function):
            return f"{prefix}{function_name}", function
    raise ModelError(
        f'"{operation.name}" is the operation {type(operation).__module__}.{name}, '
        "which is no function of keras.ops: it cannot be written in a spec"
    )


def operation_constants(
    operation: Any, function: Callable[..., Any], call: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the constants of an operation, from its constructor and its call."""
    parameters = inspect.signature(function).parameters
    config = {k: v for k, v in operation.get_config().items() if k != "name"}
    constants = {}
    for key, value in {**config, **call}.items():
        if key not in parameters:
            if value is None:
                continue
            raise ModelError(f'"{operation.name}": {key} is no argument of ops.{function.__name__}')
        value = _plain(operation, key, value)
        if value != parameters[key].default or type(value) is not type(parameters[key].default):
            constants[key] = value
    return constants


def _plain(operation: Any, key: str, value: Any) -> Any:
    if isinstance(value, slice) or key == "key":
        return slice_text(value)
    if isinstance(value, list | tuple):
        return tuple(_plain(operation, key, item) for item in value)
    if hasattr(value, "numpy") and not hasattr(value, "_keras_history"):
        value = value.numpy()
    if hasattr(value, "tolist"):
        if getattr(value, "size", 1) > _LARGEST_ARRAY:
            raise ModelError(f'"{operation.name}": {key} is an array of {value.size:,} numbers')
        return _tuples(value.tolist())
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ModelError(
        f'"{operation.name}": {key} is a {type(value).__name__}, which a spec cannot say'
    )


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def slice_text(key: Any) -> str | int:
    """Write the key of `x[...]` as Python does: ":, 0"."""
    if isinstance(key, list | tuple):
        return ", ".join(str(slice_text(part)) for part in key)
    if isinstance(key, slice):
        bounds = [key.start, key.stop] + ([key.step] if key.step is not None else [])
        return ":".join("" if bound is None else str(int(bound)) for bound in bounds)
    if key is Ellipsis:
        return "..."
    if key is None:
        return "None"
    return int(key)


def _snake_case(name: str) -> str:
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
