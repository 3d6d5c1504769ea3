"""Models as others save them: `.keras` files of every ordinary kind, made with Keras alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnncli.network.backend import load_keras


def save(
    path: Path, layers: Sequence[Any], *, shape: tuple[int, ...] = (12, 12, 1), **how: Any
) -> Path:
    """Save a Sequential of these layers; `how` is what it is compiled with."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), *layers])
    if how:
        model.compile(**how)
    model.save(path)
    return path


def head(units: int = 2, activation: Any = "softmax") -> list[Any]:
    """The layers of a small classifier."""
    layers = load_keras().layers
    return [layers.Flatten(), layers.Dense(units, activation=activation)]
