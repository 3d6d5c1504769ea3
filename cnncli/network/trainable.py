"""`trainable: false` on layers that hold other layers."""

from __future__ import annotations

from typing import Any


def settle(model: Any) -> None:
    """Let nothing be trained that stands inside a layer which is not to be trained.

    Keras takes `trainable=False` of a constructor for the layer's own weights alone: those that
    it holds (TimeDistributed, Bidirectional, a nested model, ...) stay trainable. Setting the
    attribute of a layer that is built reaches them all; setting it to what it is does nothing.
    """
    frozen = [layer for layer in model._flatten_layers() if not layer.trainable]
    for layer in frozen:
        layer.trainable = True
        layer.trainable = False
