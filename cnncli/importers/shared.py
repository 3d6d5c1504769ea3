"""Weights that several nested models share, for which a spec has no word."""

from __future__ import annotations

from typing import Any

from cnncli.errors import ModelError
from cnncli.network.walk import calls, is_layer, is_model


def refuse_shared(model: Any) -> None:
    """Raise ModelError, naming the layer, where weights stand in more than one of the models.

    Written as they stand there, each would get weights of its own. Within one model a layer is
    called again (`use`), and so is a model.
    """
    owners: dict[int, tuple[str, str]] = {}
    found: set[int] = set()
    stack = [model]
    while stack:
        around = stack.pop()
        if id(around) in found:
            continue
        found.add(id(around))
        layers = {id(call.operation): call.operation for call in calls(around)}.values()
        for layer in layers:
            if is_model(layer):
                stack.append(layer)
                continue
            for weight in layer.weights if is_layer(layer) else ():
                here = (around.name, layer.name)
                place, name = owners.setdefault(id(weight), here)
                if (place, name) != here:
                    raise ModelError(
                        f'the layer "{name}" of "{place}" shares its weights with "{layer.name}" '
                        f'of "{around.name}": a spec cannot share weights between models',
                        hint="Build it as one model, in which the layer is called again.",
                    )
