"""Schedules that a spec counts in epochs, counted in steps as Keras does."""

from __future__ import annotations

from typing import Any

from cnncli.spec.epochs import IN_STEPS
from cnncli.spec.graph import Thing


def in_steps(thing: Thing, steps: int) -> Thing:
    """Return an optimizer whose schedules count in steps, of which there are so many an epoch."""
    given: dict[str, Any] = {}
    places = dict(thing.argument_where)
    for name, value in thing.arguments.items():
        if name not in IN_STEPS:
            given[name] = in_steps(value, steps) if isinstance(value, Thing) else value
        elif value is not None:
            given[IN_STEPS[name]] = _counted(value, steps)
            places[IN_STEPS[name]] = places.get(name, thing.where)
    return Thing(thing.class_name, given, thing.where, places)


def _counted(epochs: Any, steps: int) -> Any:
    if isinstance(epochs, tuple):
        return tuple(_counted(each, steps) for each in epochs)
    return round(epochs * steps) or (1 if epochs else 0)
