"""The arguments of a layer that are not Keras's defaults: what a spec would have to say."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from cnncli.network.walk import is_layer, is_model

# Said elsewhere, or of no effect on what the layer computes.
APART = {"name", "dtype", "build_config", "registered_name", "quantization_config"}


def said(operation: Any) -> tuple[tuple[str, object], ...]:
    """Return (argument, value) for each argument of a layer that differs from its default.

    Values are plain: numbers, texts, lists, and `Class` or `{Class: {argument: value}}`.
    """
    if not is_layer(operation) or is_model(operation):
        return ()
    kind: Any = type(operation)
    defaults = _defaults(kind)
    order = list(defaults)
    found = {
        name: _plain(value) for name, value in operation.get_config().items() if name not in APART
    }
    _undo_drift(operation, found)
    differing = [name for name in found if found[name] != defaults.get(name, _MISSING)]
    differing.sort(key=lambda name: order.index(name) if name in order else len(order))
    return tuple((name, found[name]) for name in differing)


_MISSING = object()


def _undo_drift(layer: Any, found: dict[str, Any]) -> None:
    """Put back the defaults that a layer filled in when it was built."""
    shape = layer._build_shapes_dict or {}
    rank = max((len(sizes) for sizes in shape.values() if isinstance(sizes, tuple)), default=0)
    if found.get("axis") in (rank - 1, [rank - 1]) and rank:
        found["axis"] = -1
    if "pool_size" in found and found.get("strides") == found["pool_size"]:
        found["strides"] = None


# Arguments that go through `**kwargs`, or whose default a signature does not tell.
HIDDEN: Mapping[str, Any] = {
    "trainable": True,
    "activity_regularizer": None,
    "data_format": "channels_last",
}


@cache
def _defaults(kind: Any) -> Mapping[str, Any]:
    parameters = inspect.signature(kind.__init__).parameters
    own = {name: item.default for name, item in parameters.items() if name != "self"}
    return {name: _default(name, value) for name, value in {**own, **HIDDEN}.items()}


def _default(name: str, value: Any) -> Any:
    """Return a default as `get_config` puts it: "glorot_uniform" as its class."""
    if isinstance(value, str) and name.endswith("_initializer"):
        from keras import initializers

        return _plain(initializers.serialize(initializers.get(value)))
    if value is None and name.endswith("activation"):
        return "linear"
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" in value:
        return _thing(str(value["class_name"]), value.get("config"))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _thing(name: str, config: Any) -> Any:
    if not isinstance(config, Mapping):
        return name
    kept = {
        key: _plain(item) for key, item in config.items() if item is not None and key not in APART
    }
    return {name: kept} if kept else name
