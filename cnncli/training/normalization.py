"""BatchNormalization over the whole batch, also where several devices have a share of it each.

By itself each device would normalize by its own share: another network than on one device, with
moving statistics that differ from device to device, of which one's would be saved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


def synchronize(model: Any) -> None:
    """Let the layers of `model` that normalize by batches do so by all devices' images."""
    for layer in _normalizing(model):
        layer.synchronized = True


@contextlib.contextmanager
def as_on_one(model: Any) -> Iterator[None]:
    """Within the block, `model` is saved as one that knows nothing of several devices.

    Other backends of Keras refuse a layer that is synchronized.
    """
    layers = [layer for layer in _normalizing(model) if layer.synchronized]
    for layer in layers:
        layer.synchronized = False
    try:
        yield
    finally:
        for layer in layers:
            layer.synchronized = True


def _normalizing(model: Any) -> list[Any]:
    import keras

    kind = keras.layers.BatchNormalization
    return [layer for layer in model._flatten_layers() if isinstance(layer, kind)]
