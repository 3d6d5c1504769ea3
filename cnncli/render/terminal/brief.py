"""A layer in a few words: "8 filters 3 × 3, relu"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cnncli.facts.summary import Layer


def brief(layer: Layer) -> str:
    """Return what matters of a layer's arguments in the shortest words."""
    said: dict[str, Any] = dict(layer.arguments)
    parts = [*_amounts(layer, said), *_windows(layer, said)]
    parts += [f"{name} {said[name]:g}" for name in ("rate",) if _number(said.get(name))]
    activation: Any = said.get("activation")
    if isinstance(activation, Mapping):
        activation = next(iter(activation))
    return ", ".join([*parts, activation] if activation else parts)


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _amounts(layer: Layer, said: Mapping[str, Any]) -> list[str]:
    kernel = _times(layer.kernel_size) if layer.kernel_size else ""
    if "filters" in said:
        return [f"{_some(said['filters'], 'filter')} {kernel}".strip()]
    if "units" in said:
        return [_some(said["units"], "unit")]
    if "num_heads" in said:
        return [_some(said["num_heads"], "head")]
    return [kernel] if kernel else []


def _some(number: Any, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _windows(layer: Layer, said: Mapping[str, Any]) -> list[str]:
    parts = []
    stride = layer.strides if layer.strides and layer.strides != layer.kernel_size else None
    if stride and set(stride) != {1}:
        parts.append(f"stride {stride[0]}" if len(set(stride)) == 1 else f"stride {_times(stride)}")
    dilation = said.get("dilation_rate")
    if isinstance(dilation, list):
        parts.append(f"dilation {dilation[0]}")
    if said.get("groups", 1) != 1:
        parts.append(f"{said['groups']} groups")
    if layer.type.startswith(("ZeroPadding", "UpSampling", "Cropping")):
        parts += [_margins(said[name]) for name in ("padding", "size", "cropping") if name in said]
    return parts


def _margins(value: Any) -> str:
    """Return amounts before and behind each axis, said once where they are equal."""
    if isinstance(value, list) and len({str(item) for item in value}) == 1:
        return _margins(value[0])
    if isinstance(value, list) and not any(isinstance(item, list) for item in value):
        return " + ".join(map(str, value))
    return str(value)


def _times(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes))
