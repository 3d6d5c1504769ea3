"""Which tensor fills which argument of a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

_POSITIONAL = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)


def filled(
    function: Callable[..., Any], value: Any, constants: Mapping[str, Any]
) -> dict[str, Any]:
    """Say which arguments of `function` the tensors in `value` fill.

    They fill those that no constant fills, in order: one required argument takes the whole
    value, several take one item of a list each; a mapping names them. Raises TypeError where
    there are more tensors than arguments.
    """
    if isinstance(value, dict):
        return dict(value)
    open_ = [
        parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind in _POSITIONAL and name not in constants
    ]
    if not open_:
        raise TypeError("its arguments are all filled by constants")
    required = [parameter for parameter in open_ if parameter.default is parameter.empty]
    if not isinstance(value, list) or len(required) <= 1:
        return {open_[0].name: value}
    if len(value) > len(open_):
        names = ", ".join(parameter.name for parameter in open_)
        raise TypeError(f"it takes {len(open_)} inputs ({names}), and {len(value)} are given")
    return {parameter.name: item for parameter, item in zip(open_, value, strict=False)}


def call_arguments(
    function: Callable[..., Any], value: Any, constants: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional and the keyword arguments of a call.

    The leading ones are positional: some layers have another name for them outside.
    """
    named = {} if value is None else filled(function, value, constants)
    positional = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in _POSITIONAL or name not in named or isinstance(value, dict):
            break
        positional.append(named.pop(name))
    return positional, {**named, **constants}
