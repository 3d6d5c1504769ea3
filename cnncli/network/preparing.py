"""A Keras model with layers of Keras's own in front that prepare images of 0..255 for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.preparation import OPTIONS, Preparation, layer_arguments
from cnncli.network.walk import calls, functional, is_model
from cnncli.spec.application_families import FAMILIES
from cnncli.spec.scaling_layers import ON_THE_WAY, SCALING


def prepared(model: Any, preparation: Preparation) -> Any:
    """Return a model that takes 0..255, with layers of Keras's own in front that do the rest.

    The layers of `model` are the same objects, with their names, in one flat graph. Raises
    ModelError where the preparation needs colours that the network does not take.
    """
    layers = list(_layers(preparation))
    if not layers:
        return model
    keras, graph = load_keras(), functional(model)
    (entry,) = graph.inputs
    if preparation.family is not None and len(layers) > 1 and entry.shape[-1] != 3:
        raise ModelError(
            f"--prepare {preparation.family} is for 3 channels; this network takes "
            f"{entry.shape[-1]}"
        )
    name = entry._keras_history.operation.name
    inputs = keras.Input(batch_shape=entry.shape, dtype=entry.dtype, name=name)
    fed = inputs
    for layer in layers:
        fed = layer(fed)
    outputs = graph._run_through_graph([fed], operation_fn=lambda operation: operation)
    return keras.Model(inputs, outputs, name=model.name)


def doubt(model: Any, preparation: Preparation) -> str | None:
    """Say why the scale of the inputs may be another one than the network was trained on."""
    scales = begins_with_scaling(model)
    if scales is None and not preparation.feeds:
        return (
            "nothing says which values this network was trained on, and no layer scales them "
            f"first: it gets 0..255. If that is not what it knows: {OPTIONS}"
        )
    if scales is not None and preparation.feeds and preparation.family not in _inside():
        return f"the network scales its inputs itself (its layer {scales}): they are scaled twice"
    return None


def _inside() -> list[str]:
    return [family for family, scaling in FAMILIES.items() if scaling == "none"]


def _layers(preparation: Preparation) -> Iterator[Any]:
    """Make the layers that prepare images of 0..255."""
    keras, made = load_keras(), 0
    for word, arguments in layer_arguments(preparation):
        if word == "flip":
            yield lambda images: keras.ops.flip(images, axis=-1)
            continue
        name = f"prepare_{made}" if made else "prepare"
        made += 1
        yield getattr(keras.layers, word)(**arguments, name=name)


def begins_with_scaling(model: Any) -> str | None:
    """Return the name of the layer that scales the inputs before any other takes them."""
    made = list(calls(model))
    tensor = functional(model).inputs[0]
    while True:
        takers = [call for call in made if any(each is tensor for each in call.inputs)]
        if len(takers) != 1:
            return None
        operation = takers[0].operation
        if is_model(operation):
            return begins_with_scaling(operation)
        name = type(operation).__name__
        if name in SCALING:
            return str(operation.name)
        if name not in ON_THE_WAY:
            return None
        tensor = takers[0].outputs[0]
