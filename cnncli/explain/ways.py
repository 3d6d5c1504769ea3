"""The ways of explaining that are asked for: methods, each with the layers that it is used at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnncli.entry import Explainer
from cnncli.explain.answering import AnsweringNetwork
from cnncli.explain.method import Method

ALL_LAYERS = "all"


@dataclass(frozen=True)
class Way:
    """A method as it is used: its name, its function, and the layer whose maps it takes, if any.

    `by_size` is that of the registry: whether its signs tell nothing for or against a class.
    """

    method: str
    maps: Method
    layer: str | None = None
    by_size: bool = False

    @property
    def name(self) -> str:
        """It in words."""
        return named(self.method, self.layer)


def ways(
    network: AnsweringNetwork, methods: Sequence[Explainer], layers: Sequence[str]
) -> list[Way]:
    """Return each method with each layer that it is to be used with.

    Without `layers` that is the default one; "all" are those from early to late. Raises
    UsageError for a layer that is not there, or has no maps.
    """
    if ALL_LAYERS in layers:
        found = [result.name for result in network.layers]
    else:
        found = [name for layer in layers for name in network.find(layer)]
    names: list[str | None] = [*dict.fromkeys(found)]
    if not names:
        names = [network.default_layer]
    return [
        way_of(method, layer)
        for method in methods
        for layer in (names if method.by_layer else [None])
    ]


def way_of(method: Explainer, layer: str | None = None) -> Way:
    """Return a method of the registry as it is used at a layer."""
    return Way(method.name, method.load(), layer, method.by_size)


def named(method: str, layer: str | None) -> str:
    """Return a method at a layer, if it has one, in words."""
    return f"{method} at {layer}" if layer else method
