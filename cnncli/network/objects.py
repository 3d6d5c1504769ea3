"""Things of a spec (`Class` or `Class: {argument: value}`) made into objects of Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from cnncli.network.backend import load_keras
from cnncli.network.faults import Fault, describe
from cnncli.spec.graph import Graph, Position, Thing

Family = Literal[
    "layer",
    "initializer",
    "regularizer",
    "constraint",
    "optimizer",
    "schedule",
    "loss",
    "metric",
    "callback",
]

# Layers that keras.applications keeps for itself: they are public in its models' files only.
APPLICATION_LAYERS = {
    "LayerScale": "keras.src.applications.convnext",
    "StochasticDepth": "keras.src.applications.convnext",
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
}

_LAYER_ARGUMENTS = ("layer", "cell", "layers", "cells", "backward_layer")


def make(thing: Thing, family: Family) -> Any:
    """Make the Keras object that `thing` stands for.

    Raises Fault, with the position of `thing`, for what Keras refuses.
    """
    return construct(
        find_class(thing.class_name, family, thing.where), thing.arguments, thing.where
    )


def find_class(name: str, family: Family, where: Position) -> Any:
    """Return the Keras class called `name`; Fault when the family has none."""
    keras = load_keras()
    module = {
        "layer": keras.layers,
        "initializer": keras.initializers,
        "regularizer": keras.regularizers,
        "constraint": keras.constraints,
        "optimizer": keras.optimizers,
        "schedule": keras.optimizers.schedules,
        "loss": keras.losses,
        "metric": keras.metrics,
        "callback": keras.callbacks,
    }[family]
    if family == "layer" and name in APPLICATION_LAYERS:
        from importlib import import_module

        module = import_module(APPLICATION_LAYERS[name])
    found = getattr(module, name, None)
    if not isinstance(found, type):
        raise Fault(f"Keras has no {family} {name}", where)
    return found


def construct(cls: Any, arguments: Mapping[str, Any], where: Position, **extra: Any) -> Any:
    """Call a Keras class with the arguments of a spec; Fault for what it refuses."""
    values = {key: argument_value(key, value, where) for key, value in arguments.items()}
    try:
        return cls(**values, **extra)
    except MemoryError:
        raise
    except Exception as error:
        raise Fault(f"Keras refuses this {cls.__name__}: {describe(error)}", where) from error


def argument_value(key: str, value: Any, where: Position) -> Any:
    """Turn a value of a spec into what Keras takes for the argument `key`."""
    if isinstance(value, Thing):
        return make(value, family_of_argument(key))
    if isinstance(value, Graph):
        from cnncli.network.graphs import nested_model

        return nested_model(value, value.name)
    if isinstance(value, str) and _names_a_layer(key, value):
        return construct(find_class(value, "layer", where), {}, where)
    if isinstance(value, Mapping):
        return {name: argument_value(key, item, where) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [argument_value(key, item, where) for item in value]
    return value


def family_of_argument(key: str) -> Family:
    """Say what an object given for the argument `key` is: `kernel_regularizer` a regularizer."""
    for family in ("initializer", "regularizer", "constraint"):
        if key.endswith(family):
            return family
    if key == "learning_rate":
        return "schedule"
    if key in ("optimizer", "inner_optimizer"):
        return "optimizer"
    return "layer"


def _names_a_layer(key: str, value: str) -> bool:
    # Keras takes lower-case names of activation functions itself, but no class names there.
    if key.endswith("activation"):
        return value[:1].isupper() and hasattr(load_keras().layers, value)
    return key in _LAYER_ARGUMENTS
