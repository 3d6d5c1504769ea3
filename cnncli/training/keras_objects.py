"""Keras objects from the Things of a spec: optimizers, losses, metrics, callbacks, augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from cnncli.errors import ModelError
from cnncli.spec.graph import Thing

# Where the arguments that are objects themselves come from.
SCHEDULES = "optimizers.schedules"
FAMILY_OF_ARGUMENT: Mapping[str, str] = {"learning_rate": SCHEDULES}


def make(thing: Thing, family: str) -> Any:
    """Build an object of a family of Keras ("optimizers", "losses", ...) from its Thing.

    Raises ModelError with Keras's own words for arguments that it refuses.
    """
    arguments = {
        name: make(value, FAMILY_OF_ARGUMENT.get(name, family))
        if isinstance(value, Thing)
        else _plain(value)
        for name, value in thing.arguments.items()
    }
    return named(family, thing.class_name, **arguments)


def named(family: str, class_name: str, **arguments: Any) -> Any:
    """Build an object of a family of Keras by the name of its class."""
    try:
        return getattr(import_module(f"keras.{family}"), class_name)(**arguments)
    except (TypeError, ValueError) as error:
        raise ModelError(f"{class_name}: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value
