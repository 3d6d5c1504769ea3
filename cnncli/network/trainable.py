"""`trainable: false` on layers that hold other layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def settle(model: Any) -> None:
    """Let nothing be trained that stands inside a layer which is not to be trained.

    Keras takes `trainable=False` of a constructor for the layer's own weights alone: those that
    it holds (TimeDistributed, Bidirectional, a nested model, ...) stay trainable. Setting the
    attribute of a layer that is built reaches them all; setting it to what it is does nothing.
    """
    freeze(thaw(model))


def thaw(model: Any) -> list[Any]:
    """Let everything be trained; return the layers that were not to be, for `freeze`.

    A variable that gets its memory while it is not to be trained can never be: TensorFlow keeps
    no account of what is computed with it, whatever Keras says of it later.
    """
    frozen = [layer for layer in model._flatten_layers() if not layer.trainable]
    for layer in frozen:
        layer.trainable = True
    return frozen


def freeze(layers: Sequence[Any]) -> None:
    """Let nothing of these layers be trained."""
    for layer in layers:
        layer.trainable = False
