"""What `cnncli layers` tells beside the catalog: defaults, groups, and the operations that work."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.signatures import parameters

# Modules of Keras whose name is no group that a reader would look for.
_PLAIN = {"core", "layer", "regularizers", "constraints", "losses"}
# What operations are tried with.
_IMAGE = (8, 8, 3)


def of_class(cls: type) -> dict[str, Any]:
    """Return the group of a class and the defaults of its arguments."""
    room = cls.__module__.split(".")
    group = room[3] if len(room) > 4 and room[2] == "layers" else ""
    defaults = {
        name: _plain(parameter.default)
        for name, parameter in parameters(cls).items()
        if parameter.default is not parameter.empty
    }
    return {"group": group if group not in _PLAIN else "", "defaults": defaults}


def of_operation(operation: Callable[..., Any]) -> dict[str, Any]:
    """Return the defaults of an operation, and how many tensors it works on alone (0: neither)."""
    taken = inspect.signature(operation).parameters.values()
    defaults = {p.name: _plain(p.default) for p in taken if p.default is not p.empty}
    tensors = next((count for count in (1, 2) if _works(operation, count)), 0)
    return {"tensors": tensors, "defaults": defaults}


def _works(operation: Callable[..., Any], tensors: int) -> bool:
    """Say whether an operation takes so many images, and nothing else that it needs."""
    required = [
        parameter
        for parameter in inspect.signature(operation).parameters.values()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
    if len(required) != tensors:
        return False
    keras = load_keras()
    try:
        result = operation(*(keras.Input(_IMAGE) for _ in range(tensors)))
    except Exception:
        return False
    return isinstance(result, keras.KerasTensor)


def _plain(value: Any) -> Any:
    """Return a default as JSON; what is neither plain nor a list as its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return getattr(value, "__name__", type(value).__name__)
