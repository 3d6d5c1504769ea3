"""Where the weights of the networks from outside came from, by the hash of what was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from cnncli.pretrained.weights import Weights, digest_of

_asked: WeakKeyDictionary[Any, Weights] = WeakKeyDictionary()
_known: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def ask(network: Any, weights: Weights) -> None:
    """Keep which file of the net a network needs."""
    _asked[network] = weights


def missing(model: Any) -> list[Weights]:
    """Return the files that networks from outside in a model need, and that are not here."""
    asked = (_asked[layer] for layer in model._flatten_layers() if layer in _asked)
    return [each for each in asked if not any(map(each.is_whole, each.found()))]


def note(network: Any, path: Path, weights: Weights | None = None) -> None:
    """Keep which file a network got its weights from."""
    place = {"address": weights.address} if weights is not None else {"path": str(path)}
    _known[network] = {"file": path.name, **place, "sha256": digest_of(path)}


def is_known(network: Any) -> bool:
    """Whether a network has its weights of a file."""
    return network in _known


def sources(model: Any) -> list[dict[str, str]]:
    """Return the file of each network from outside in a model, with its hash, by its layer."""
    return [
        {"layer": layer.name, **_known[layer]}
        for layer in model._flatten_layers()
        if layer in _known
    ]
