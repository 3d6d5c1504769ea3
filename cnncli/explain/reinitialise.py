"""Taking back what a network has learnt: its weights drawn anew, as before training."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from cnncli.errors import ModelError
from cnncli.explain.network import Network

# Its weights are the mean and variance of the images: measured, not learnt.
MEASURED = "Normalization"


def learnt_layers(network: Network) -> list[Any]:
    """Return the layers behind `preprocess` that have weights, from the top to the image."""
    found: dict[int, Any] = {}
    for result in network.results:
        layer = result.call.operation
        is_learnt = not result.is_network and result.call.type != MEASURED
        if is_learnt and network.is_behind(result) and getattr(layer, "weights", None):
            found[id(layer)] = layer
    return list(reversed(found.values()))


@contextlib.contextmanager
def restoring(layers: Sequence[Any]) -> Iterator[None]:
    """Give the layers their weights back once the block is done, however it ends."""
    before = [layer.get_weights() for layer in layers]
    try:
        yield
    finally:
        for layer, weights in zip(layers, before, strict=True):
            layer.set_weights(weights)


def draw_anew(layer: Any, seed: int) -> None:
    """Give a layer the weights that its own initializers draw with a seed.

    An initializer that a spec has given a seed of its own draws with this one instead: else it
    would draw the same weights every time. Raises ModelError for a layer that cannot be made
    again.
    """
    import numpy as np

    try:
        fresh = type(layer).from_config(_seeded(layer.get_config(), itertools.count(seed)))
        fresh.build_from_config(layer.get_build_config())
        weights = [np.asarray(each) for each in fresh.get_weights()]
        layer.set_weights(weights)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ModelError(
            f"--sanity: the weights of layer {layer.name} cannot be drawn anew: "
            f"{str(error).partition(chr(10))[0]}"
        ) from error


def _seeded(config: Any, seeds: Iterator[int]) -> Any:
    """Return the configuration of a layer with a seed of its own for each of its initializers."""
    if isinstance(config, list | tuple):
        return type(config)(_seeded(each, seeds) for each in config)
    if not isinstance(config, dict):
        return config
    made = {key: _seeded(value, seeds) for key, value in config.items()}
    inner = made.get("config")
    is_initializer = str(made.get("module", "")).startswith("keras.initializers")
    if is_initializer and isinstance(inner, dict) and "seed" in inner:
        made["config"] = inner | {"seed": next(seeds)}
    return made
