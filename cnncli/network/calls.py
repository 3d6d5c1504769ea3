"""Which tensor fills which argument of a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any


def call_arguments(
    function: Callable[..., Any], value: Any, constants: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Fill the call arguments that no constant fills with `value`, in order.

    One required argument takes the whole value, several take one item of a list each; a
    mapping names them. Returns positional and keyword arguments.
    """
    named = dict(constants)
    if value is None:
        return [], named
    if isinstance(value, dict):
        return [], {**value, **named}
    open_ = _open_arguments(function, named)
    if not open_:
        return [value], named
    required = [name for name, needed in open_ if needed]
    if not isinstance(value, list) or len(required) <= 1:
        return [], {open_[0][0]: value, **named}
    if len(value) > len(open_):
        raise TypeError(
            f"it takes {len(open_)} inputs ({', '.join(name for name, _ in open_)}), "
            f"and {len(value)} are given"
        )
    return [], {**dict(zip((name for name, _ in open_), value, strict=False)), **named}


def _open_arguments(
    function: Callable[..., Any], constants: Mapping[str, Any]
) -> list[tuple[str, bool]]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    return [
        (name, parameter.default is inspect.Parameter.empty)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind in kinds and name not in constants
    ]
