"""Things of a spec (`Class` or `Class: {argument: value}`) made into objects of Keras."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault, describe
from cnncli.spec.families import FAMILIES, LAYER_ARGUMENTS, family_of_argument
from cnncli.spec.graph import EMPTY, Position, Thing
from cnncli.spec.model import Source

Family = str  # a key of spec.families.FAMILIES

# Layers that keras.applications keeps for itself.
APPLICATION_LAYERS = {
    "LayerScale": "keras.src.applications.convnext",
    "StochasticDepth": "keras.src.applications.convnext",
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
}


def make(thing: Thing, family: Family, source: Source | None = None) -> Any:
    """Make the Keras object that `thing` stands for.

    Raises SpecError, at the line of `thing` in `source`, for what Keras refuses.
    """
    try:
        return make_thing(thing, family)
    except Fault as fault:
        raise fault.in_source(source) from fault.__cause__


def make_thing(thing: Thing, family: Family) -> Any:
    """Make the Keras object that `thing` stands for; raises Fault."""
    cls = find_class(thing.class_name, family, thing.where)
    arguments = thing.arguments
    if family == "schedule":
        arguments = {key: _rates(key, value) for key, value in arguments.items()}
    return construct(cls, arguments, thing.where, places=thing.argument_where)


def _rates(key: str, value: Any) -> Any:
    """Give whole numbers a point where they are rates: schedules compute in the type they get."""
    if key.endswith("steps") or key == "boundaries":
        return value
    if isinstance(value, list | tuple):
        return [_rates(key, item) for item in value]
    return float(value) if type(value) is int else value


def find_class(name: str, family: Family, where: Position) -> Any:
    """Return the Keras class called `name`; Fault when the family has none."""
    load_keras()
    module = FAMILIES[family]
    if family == "layer":
        module = APPLICATION_LAYERS.get(name, module)
    found = getattr(import_module(module), name, None)
    if not isinstance(found, type):
        raise Fault(f"Keras has no {family} {name}", where)
    return found


def construct(
    cls: Any,
    arguments: Mapping[str, Any],
    where: Position,
    *,
    places: Mapping[str, Position] = EMPTY,
    **extra: Any,
) -> Any:
    """Call a Keras class with the arguments of a spec; Fault for what it refuses."""
    values = {
        key: argument_value(key, value, places.get(key, where)) for key, value in arguments.items()
    }
    try:
        return _made(cls, {**extra, **values})
    except MemoryError:
        raise
    except Exception as error:
        text = describe(error)
        raise Fault(f"{cls.__name__}: {text}", _place(text, places, where)) from error


def _made(cls: Any, arguments: Mapping[str, Any]) -> Any:
    """Make an object; where Keras wants 1.0 and refuses 1, whole numbers get a point."""
    try:
        return cls(**arguments)
    except (ValueError, TypeError):
        pointed = {k: float(v) if type(v) is int else v for k, v in arguments.items()}
        if all(type(value) is not int for value in arguments.values()):
            raise
        with contextlib.suppress(ValueError, TypeError):
            return cls(**pointed)
        raise


def _place(message: str, places: Mapping[str, Position], where: Position) -> Position:
    """Return the place of the one argument that Keras's message names, or of the whole."""
    named = [key for key in places if f"`{key}`" in message or f"{key}=" in message]
    return places[named[0]] if len(named) == 1 else where


def argument_value(key: str, value: Any, where: Position) -> Any:
    """Turn a value of a spec into what Keras takes for the argument `key`."""
    if isinstance(value, Thing):
        return make_thing(value, object_family(key))
    if isinstance(value, str) and _names_a_layer(key, value):
        return construct(find_class(value, "layer", where), {}, where)
    if isinstance(value, Mapping):
        return {name: argument_value(key, item, where) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [argument_value(key, item, where) for item in value]
    return value


def object_family(key: str) -> Family:
    """Say what an object given for the argument `key` is: `kernel_regularizer` a regularizer.

    What stands for an activation is a layer, and so is what no name tells.
    """
    family = family_of_argument(key)
    return family if family is not None and family != "activation" else "layer"


def _names_a_layer(key: str, value: str) -> bool:
    # Keras takes lower-case names of activation functions itself, but no class names there.
    if key.endswith("activation"):
        return value[:1].isupper() and hasattr(load_keras().layers, value)
    return key in LAYER_ARGUMENTS


@contextlib.contextmanager
def dtype_policy(name: str | None, where: Position) -> Iterator[None]:
    """Make `name` Keras's dtype policy inside the block; Fault where there is none such."""
    config = load_keras().config
    before = config.dtype_policy()
    try:
        if name is not None:
            config.set_dtype_policy(name)
    except Exception as error:
        raise Fault(f"dtype: {describe(error)}", where) from error
    try:
        yield
    finally:
        config.set_dtype_policy(before)
