"""A temperature within a network: the weights that its logits come from, divided by it."""

from __future__ import annotations

from typing import Any

from cnncli.errors import ModelError
from cnncli.network.classifier import THROUGH, ending
from cnncli.network.walk import functional, is_model, words

_WEIGHTED = words("Dense EinsumDense Conv1D Conv2D Conv3D")
_LAST = ("softmax", "sigmoid")


def last_weights(model: Any, name: str) -> Any:
    """Return the layer that makes the logits of a model of probabilities.

    Raises ModelError where another layer, or another use of it, stands between it and the last
    softmax or sigmoid.
    """
    tensor, is_activated = functional(model).outputs[0], ending(model) == "linear"
    while True:
        operation, node, index = tensor._keras_history
        if is_model(operation):
            tensor = functional(operation).outputs[index]
            continue
        kind = type(operation).__name__
        activation = getattr(getattr(operation, "activation", None), "__name__", "")
        ends = kind == "Softmax" or activation in _LAST
        is_weighted = kind in _WEIGHTED and activation in (*_LAST, "linear")
        if is_weighted and ends != is_activated and len(operation._inbound_nodes) == 1:
            return operation
        passes = kind in THROUGH or (kind in ("Softmax", "Activation") and ends > is_activated)
        if not passes:
            raise ModelError(
                f"{name}: no temperature can be folded into its weights, as its logits come from "
                f"{kind} ({operation.name})"
            )
        is_activated |= ends
        tensor = operation._inbound_nodes[node].input_tensors[0]


def divide(layer: Any, weights: list[Any], temperature: float) -> None:
    """Set the weights of a layer to `weights` divided by a temperature."""
    layer.set_weights([each / temperature for each in weights])
