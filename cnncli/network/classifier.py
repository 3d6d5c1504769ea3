"""From a Keras model, and what is known of it, to one that makes probabilities of 0..255.

Everything that asks a network for the class of an image asks this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnncli.errors import ModelError, UsageError
from cnncli.network.backend import load_keras
from cnncli.network.preparation import Preparation
from cnncli.network.preparing import doubt, prepared
from cnncli.network.walk import functional, is_model, words

UNKNOWN = "unknown"
# What changes nothing of which values there are, or only their order and number.
THROUGH = words("""
    Flatten Reshape Dropout Identity Permute Cast Squeeze
    GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    """)


@dataclass(frozen=True)
class Classifier:
    """A Keras model of 0..255 pixels that gives probabilities; `notes` tell what was added.

    `doubt` says why its inputs may not be what it was trained on.
    """

    model: Any
    notes: tuple[str, ...] = ()
    doubt: str | None = None


def classifier(
    model: Any, name: str, preparation: Preparation | None = None, loss: Any = None
) -> Classifier:
    """Return the classifier that a model is.

    `preparation` says how a network of somebody else's is fed and read; None for one of ours,
    which has it all within. `loss` is what it was trained with, as Keras serializes it. Raises
    ModelError for a model that does not take one image, or does not return one number for each
    class; UsageError for `logits` of what is none.
    """
    refuse_other_shapes(model, name)
    foreign = preparation is not None
    preparation = preparation or Preparation()
    said = doubt(model, preparation) if foreign else None
    model = prepared(model, preparation)
    activation = _last_activation(model, name, preparation, loss)
    if activation is None:
        return Classifier(model, doubt=said)
    keras = load_keras()
    outputs = keras.layers.Activation(activation, name=_free(model), dtype="float32")(
        functional(model).outputs[0]
    )
    note = f"The outputs of {name} are logits: {activation} makes probabilities of them."
    return Classifier(
        keras.Model(functional(model).inputs, outputs, name=model.name), (note,), said
    )


def refuse_other_shapes(model: Any, name: str) -> None:
    """Raise ModelError unless a model takes one image and returns one row of numbers for it."""
    refuse_other_inputs(model, name)
    outputs = [tuple(each.shape)[1:] for each in functional(model).outputs]
    if len(outputs) != 1 or len(outputs[0]) != 1 or outputs[0][0] is None:
        raise ModelError(
            f"{name}: returns {_several(outputs, 'output')}, not one number for each class",
            hint="Networks that say something of each pixel, or several things, are not for this.",
        )


def refuse_other_inputs(model: Any, name: str) -> None:
    """Raise ModelError unless a model takes one image."""
    inputs = [tuple(each.shape)[1:] for each in functional(model).inputs]
    if len(inputs) != 1 or len(inputs[0]) != 3:
        raise ModelError(
            f"{name}: takes {_several(inputs, 'input')}, not one image of height, width and "
            "channels"
        )


def _several(shapes: list[tuple[int | None, ...]], word: str) -> str:
    listed = ", ".join(str(list(shape)) for shape in shapes)
    return f"an {word} of shape {listed}" if len(shapes) == 1 else f"{word}s of shapes {listed}"


def says_logits(loss: Any) -> bool:
    """Whether a loss, as Keras serializes it, takes outputs that are no probabilities yet."""
    config = loss.get("config") if isinstance(loss, Mapping) else None
    return isinstance(config, Mapping) and config.get("from_logits") is True


def _last_activation(model: Any, name: str, preparation: Preparation, loss: Any) -> str | None:
    """Return what makes probabilities of the outputs: softmax, sigmoid, or None for nothing."""
    units = functional(model).outputs[0].shape[-1]
    wanted = "sigmoid" if units == 1 else "softmax"
    last = ending(model)
    if last in ("softmax", "sigmoid"):  # Keras takes their logits itself, whatever its loss says
        if preparation.logits:
            raise UsageError(f"--logits: {name} ends with {last}, so its outputs are none")
        if last != wanted:
            raise ModelError(f"{name}: {_ALONE[last]}")
        return None
    if preparation.logits or says_logits(loss):
        return wanted
    if units > 1:
        return wanted if last == "linear" else None
    if last == UNKNOWN:
        return None
    raise ModelError(
        f"{name}: its last layer is one unit ({last}), as that of a regression, which has no "
        "classes",
        hint="If it was trained to tell two classes apart from logits, say so: --logits",
    )


_ALONE = {
    "softmax": "its last layer is a softmax of one unit, which is 1 whatever the image",
    "sigmoid": "each of its outputs is a sigmoid of its own: they tell what is there, of which "
    "there may be several or nothing, and not which one class it is",
}


def ending(model: Any) -> str:
    """Return the activation that the outputs come from; UNKNOWN where no rule tells it."""
    tensor = functional(model).outputs[0]
    while True:
        operation, _, index = tensor._keras_history
        if is_model(operation):
            tensor = functional(operation).outputs[index]
            continue
        kind = type(operation).__name__
        if kind in THROUGH:
            node = operation._inbound_nodes[tensor._keras_history.node_index]
            tensor = node.input_tensors[0]
            continue
        if kind in ("Softmax", "Sigmoid"):
            return kind.lower()
        activation = getattr(operation, "activation", None)
        if activation is None:
            return UNKNOWN
        return str(getattr(activation, "__name__", type(activation).__name__)).lower()


def _free(model: Any) -> str:
    taken = {layer.name for layer in model.layers}
    name = "probabilities"
    while name in taken:
        name += "_"
    return name
