"""The end of a network: where the scores of its classes are, before the last activation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cnncli.network.results import Result
from cnncli.network.walk import words

# Outside of training they return what they get.
IDLE = words(
    "Dropout SpatialDropout2D GaussianDropout AlphaDropout GaussianNoise ActivityRegularization "
    "Identity"
)
# Layers and functions that are an activation and nothing else.
ACTIVATIONS = words("Softmax Activation ops.softmax ops.sigmoid ops.log_softmax ops.log_sigmoid")


@dataclass(frozen=True)
class Head:
    """The result whose values are the scores: `activation` is what makes its outputs of them.

    Where `activation` is None, the scores are what the layer `name` returns.
    """

    name: str
    units: int
    activation: Callable[[Any], Any] | None = None


def find_head(found: Sequence[Result], output: Any) -> Head:
    """Return where the scores of a network are that returns `output` (N x units)."""
    units = int(output.shape[-1])
    by_number = {each.number: each for each in found if not each.is_network}
    last = next(by_number[each.number] for each in found if each.tensor is output)
    while _passes_on(last):
        last = by_number[last.sources[0]]
    if last.call.type in ACTIVATIONS:
        before = by_number[last.sources[0]]
        while _passes_on(before):
            before = by_number[before.sources[0]]
        return Head(before.name, units)
    return Head(last.name, units, _activation(last.call.operation))


@contextlib.contextmanager
def linear(layer: Any) -> Iterator[None]:
    """Take the activation off a layer for as long as the block runs."""
    import keras

    before = layer.activation
    layer.activation = keras.activations.linear
    try:
        yield
    finally:
        layer.activation = before


def _activation(layer: Any) -> Callable[[Any], Any] | None:
    """Return the activation within a layer; None where it has none, or one that does nothing."""
    import keras

    activation = getattr(layer, "activation", None)
    return activation if activation not in (None, keras.activations.linear) else None


def _passes_on(result: Result) -> bool:
    operation = result.call.operation
    if result.call.type == "Activation":
        return _activation(operation) is None
    return result.call.type in IDLE
