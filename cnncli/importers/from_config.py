"""Keras object -> Thing: its class and those arguments that differ from the defaults."""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault
from cnncli.network.objects import (
    APPLICATION_LAYERS,
    Family,
    construct,
    find_class,
    object_family,
)
from cnncli.spec import catalog
from cnncli.spec.families import FAMILIES
from cnncli.spec.graph import Position, Thing

NOWHERE = Position(0, 0)

# Layers that are code, or load some.
CODE_LAYERS = ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")

# Where the last axis is meant, the config of a built layer holds its number.
_LAST_AXIS = "axis"


def layer_thing(layer: Any, *, rank: int | None = None) -> Thing:
    """Return the class and arguments of `layer`, without its name.

    A model among the arguments, such as TimeDistributed takes, is returned as it is. `rank` is
    that of the tensor that enters. Defaults are those under the dtype policy that is set.
    Raises ModelError for what no spec can say.
    """
    name = public_name(type(layer), "layer", layer.name)
    if name in CODE_LAYERS:
        raise ModelError(f'"{layer.name}" is a {name}: its code cannot be written in a spec')
    with warnings.catch_warnings(action="ignore"):  # of lambdas, which are refused below
        config = dict(layer.get_config())
    config.pop("name", None)
    config = {key: _models(layer, key, value) for key, value in config.items()}
    arguments = minimal_arguments(name, "layer", config, layer.name)
    return Thing(name, _with_last_axis(name, arguments, rank, layer.name), NOWHERE)


def _models(layer: Any, key: str, value: Any) -> Any:
    """Return the model itself where a wrapper's config holds the config of one."""
    held = getattr(layer, key, None)
    return held if isinstance(held, load_keras().Model) else value


def public_name(cls: type, family: Family, owner: str) -> str:
    """Return the name under which Keras has `cls`; ModelError where it has none."""
    modules = [FAMILIES[family]]
    if cls.__name__ in APPLICATION_LAYERS and family == "layer":
        modules.append(APPLICATION_LAYERS[cls.__name__])
    for module in modules:
        # GroupQueryAttention is a GroupedQueryAttention to itself.
        for name in (cls.__name__, *catalog.names(family)):
            if getattr(import_module(module), name, None) is cls:
                return name
    raise ModelError(
        f'"{owner}" is a {cls.__module__}.{cls.__name__}, which is no {family} of Keras: '
        "its code cannot be written in a spec"
    )


def minimal_arguments(
    name: str, family: Family, config: Mapping[str, Any], owner: str
) -> dict[str, Any]:
    """Return those of `config` that must be said to make the same object again."""
    return dict(_minimal(_Key(name, family, config, owner)))


class _Key:
    """What `_minimal` is remembered by: many layers of a network have the same config."""

    def __init__(self, name: str, family: Family, config: Mapping[str, Any], owner: str) -> None:
        self.name, self.family, self.config, self.owner = name, family, config, owner
        policy = load_keras().config.dtype_policy().name
        self.text = f"{policy}/{family}/{name}/{comparable(config)}"

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.text == self.text


@cache
def _minimal(key: _Key) -> dict[str, Any]:
    cls = find_class(key.name, key.family, NOWHERE)
    values = {name: value_of(name, item, key.owner) for name, item in key.config.items()}
    whole = _config_of(cls, values, key.owner)
    said = dict(values)
    for name in list(values):
        fewer = {other: value for other, value in said.items() if other != name}
        if _same(cls, fewer, whole):
            said = fewer
    for name, value in said.items():
        single = single_number(value)
        if single is not None and _same(cls, {**said, name: single}, whole):
            said = {**said, name: single}
    return said


def single_number(value: Any) -> int | None:
    """Return the one number of which a tuple is made, as in strides of (2, 2); else None."""
    if not isinstance(value, tuple) or len(value) < 2:
        return None
    numbers = [single_number(item) if isinstance(item, tuple) else item for item in value]
    alike = all(type(number) is int and number == numbers[0] for number in numbers)
    return numbers[0] if alike else None


def _same(cls: Any, arguments: Mapping[str, Any], whole: str) -> bool:
    try:
        made = construct(cls, arguments, NOWHERE)
    except Fault:
        return False
    return comparable(_nameless(made.get_config())) == whole


def _config_of(cls: Any, arguments: Mapping[str, Any], owner: str) -> str:
    try:
        return comparable(_nameless(construct(cls, arguments, NOWHERE).get_config()))
    except Fault as fault:
        raise ModelError(f'"{owner}" cannot be made again from its arguments: {fault}') from fault


def _nameless(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != "name"}


def comparable(value: Any) -> str:
    """Return a config as a text that is equal for equal objects, names of inner layers left out."""
    return json.dumps(_canonical(value), sort_keys=True, default=repr)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        # A policy is its name; layers, whose names do not matter here, have one beside the rest.
        inner = "config" in value and not str(value.get("class_name")).endswith("DTypePolicy")
        items = {str(k): _canonical(v) for k, v in value.items() if k != "shared_object_id"}
        if inner and isinstance(items["config"], dict):
            items["config"].pop("name", None)
            items.pop("build_config", None)
        return items
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if hasattr(value, "tolist"):
        return _canonical(value.tolist())
    if isinstance(value, load_keras().layers.Layer):
        return [type(value).__name__, id(value)]
    return value


def value_of(key: str, value: Any, owner: str) -> Any:
    """Return a value of a config as a spec holds it: plain, or a Thing; a model stays one."""
    if isinstance(value, load_keras().Model):
        return value
    if isinstance(value, Mapping) and "class_name" in value and "config" in value:
        return _object(key, value, owner)
    if isinstance(value, Mapping) and key.endswith("activation"):
        raise ModelError(f'"{owner}": {key} is a function of its own, which a spec cannot say')
    if isinstance(value, Mapping):
        return {str(name): value_of(key, item, owner) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(value_of(key, item, owner) for item in value)
    if hasattr(value, "tolist") and not hasattr(value, "_keras_history"):
        return value_of(key, value.tolist(), owner)
    if isinstance(value, float) and not math.isfinite(value):
        raise ModelError(f'"{owner}": {key} is {value}, which a spec cannot say')
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ModelError(f'"{owner}": {key} is a {type(value).__name__}, which a spec cannot say')


def _object(key: str, value: Mapping[str, Any], owner: str) -> Any:
    name, config = value["class_name"], value["config"]
    if name == "function" or isinstance(config, str):
        return _function(key, value, owner)
    if name.endswith("DTypePolicy"):
        return policy_name(value)
    if name == "__numpy__" or name == "__tensor__":
        return value_of(key, config["value"], owner)
    if name == "__tuple__":
        return tuple(value_of(key, item, owner) for item in config)
    family = object_family(key)
    if value.get("registered_name") not in (None, name) or not _is_public(name, family):
        raise ModelError(
            f'"{owner}": {key} is {value.get("module")}.{name}, which is no {family} of Keras: '
            "its code cannot be written in a spec"
        )
    inner = {
        part: item for part, item in dict(config).items() if part != "name" and item is not None
    }
    return Thing(name, minimal_arguments(name, family, inner, owner), NOWHERE)


def _is_public(name: str, family: Family) -> bool:
    return isinstance(getattr(import_module(FAMILIES[family]), name, None), type)


def _function(key: str, value: Mapping[str, Any], owner: str) -> str:
    """Return the name of a function that Keras knows by it, such as an activation."""
    name = value["config"]
    keras = load_keras()
    if isinstance(name, str) and value.get("module") in ("builtins", None):
        try:
            keras.activations.get(name)
        except ValueError:
            pass
        else:
            return name
    raise ModelError(f'"{owner}": {key} is a function of its own, which a spec cannot say')


def policy_name(value: Any) -> str | None:
    """Return the name of a dtype policy, given as text, config or object."""
    if isinstance(value, Mapping):
        return str(value["config"].get("name"))
    return value if value is None or isinstance(value, str) else str(value.name)


def _with_last_axis(
    name: str, arguments: dict[str, Any], rank: int | None, owner: str
) -> dict[str, Any]:
    """Say -1, or nothing where that is the default, for the axis that is the last one."""
    axis = arguments.get(_LAST_AXIS)
    number = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    if rank is None or number not in (rank - 1, -1) or isinstance(number, bool):
        return arguments
    last = {**arguments, _LAST_AXIS: -1}
    cls = find_class(name, "layer", NOWHERE)
    without = {key: value for key, value in arguments.items() if key != _LAST_AXIS}
    return without if _same(cls, without, _config_of(cls, last, owner)) else last


def is_automatic(name: str, class_name: str) -> bool:
    """Whether `name` is one that Keras makes itself: `conv2d`, `conv2d_12`."""
    from keras.src.utils.naming import to_snake_case

    return re.fullmatch(rf"{re.escape(to_snake_case(class_name))}(_\d+)?", name) is not None
