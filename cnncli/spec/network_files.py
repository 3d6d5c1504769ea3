"""What the `.keras` files that a spec names say of their networks: read as data, without Keras."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cnncli import keras_archive
from cnncli.spec.problems import near, nearest
from cnncli.spec.scaling_layers import FOR_PIXELS, ON_THE_WAY, SCALING

RUN_MODEL = "model.keras"
_NETWORKS = ("Functional", "Sequential", "Model")
_DEEPEST = 20  # networks nested in each other
_FEW, _LISTED = 4, 8  # layers named of one block, and of a whole network


@dataclass(frozen=True)
class Scaled:
    """That a network scales its pixels itself: by a `layer`, or (None) as one of our runs does.

    `from_pixels` where it is certain that they must enter as 0..255.
    """

    layer: str | None
    from_pixels: bool


@dataclass(frozen=True)
class Contents:
    """What a file tells of its network: its layers in order, whether it scales its pixels.

    `takes` is the shape of one image, None for sides of any size; () where it is not said.
    """

    layers: tuple[str, ...]
    scaled: Scaled | None
    takes: tuple[int | None, ...] = ()


def of_model(path: Path) -> Path:
    """Return the `.keras` file that a path means: the model of a run, where it is a folder."""
    return path / RUN_MODEL if path.is_dir() else path


def contents(path: Path) -> Contents:
    """Return what a `.keras` file tells; raises ModelError or UsageError where it is none."""
    try:
        status = path.stat()
    except OSError:  # whoever opens it says why
        return _read(path)
    return _kept(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _kept(path: Path, changed: int, size: int) -> Contents:
    return _read(path)


def _read(path: Path) -> Contents:
    config = keras_archive.read_config(path)
    with keras_archive.opened(path) as archive:
        ours = keras_archive.MEANING in archive.namelist()
    scaled = Scaled(None, from_pixels=True) if ours else _scaled(config, _DEEPEST)
    return Contents(tuple(layer_names(config) or ()), scaled, _takes(config))


def layer_names(config: Mapping[str, Any]) -> list[str] | None:
    """Return the names of a model's own layers; None where the config does not list them."""
    return [name for name, _ in _layers(config)] or None


def meant_layer(name: str, known: Iterable[str]) -> str:
    """Return a hint of which layer of a network was meant: of the same block, or the nearest."""
    names = list(known)
    begins, _, ends = name.rpartition("_") if "_" in name else (name, "", "")
    blocks = {each[: place.start()] for each in names for place in re.finditer("_", each)}
    block = begins if begins in blocks else nearest(begins, blocks)
    within = {each[len(f"{block}_") :]: each for each in names if each.startswith(f"{block}_")}
    if ends and (close := nearest(ends, within)) is not None:
        return f'did you mean "{within[close]}"?'
    if within:
        return f"the last layers of {block} are {', '.join([*within.values()][-_FEW:])}"
    return near(name, names) or f"its last layers are {', '.join(names[-_LISTED:])}"


def _layers(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each layer of a network with its name; what is no layer is passed over."""
    own = config.get("config")
    layers = own.get("layers") if isinstance(own, Mapping) else None
    for each in layers if isinstance(layers, list) else ():
        inner = each.get("config") if isinstance(each, Mapping) else None
        if isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
            yield inner["name"], each


def _takes(config: Mapping[str, Any]) -> tuple[int | None, ...]:
    """Return the shape of one image that a network takes; () of several inputs."""
    inputs = [each for _, each in _layers(config) if each.get("class_name") == "InputLayer"]
    shape = inputs[0]["config"].get("batch_shape") if len(inputs) == 1 else None
    if not isinstance(shape, list) or not all(isinstance(n, int | None) for n in shape[1:]):
        return ()
    return tuple(shape[1:])


def _scaled(config: Mapping[str, Any], depth: int) -> Scaled | None:
    """Return the layer that scales the inputs of a network before any other takes them."""
    for name, layer in _first(config):
        kind = layer.get("class_name")
        if kind in _NETWORKS:
            return _scaled(layer, depth - 1) if depth else None
        if kind in SCALING:
            return Scaled(name, _is_for_pixels(layer))
        if kind not in ON_THE_WAY:
            return None
    return None


def _first(config: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the layers one after the other from the input on, until two take the same values."""
    layers = dict(_layers(config))
    if config.get("class_name") == "Sequential":
        yield from layers.items()
        return
    takers: dict[str, list[str]] = {}
    for name, layer in layers.items():
        for before in dict.fromkeys(_entering(layer.get("inbound_nodes"))):
            takers.setdefault(before, []).append(name)
    inputs = [name for name, layer in layers.items() if layer.get("class_name") == "InputLayer"]
    behind = inputs[:1]
    while len(behind) == 1 and behind[0] in layers:
        yield behind[0], layers.pop(behind[0])
        behind = takers.get(behind[0], [])


def _entering(value: Any) -> Iterator[str]:
    """Yield the names of the layers whose results a call takes."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            history = item.get("keras_history")
            if isinstance(history, list) and history and isinstance(history[0], str):
                yield history[0]
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _is_for_pixels(layer: Mapping[str, Any]) -> bool:
    """Whether a layer that scales makes no sense but for values of 0..255."""
    own = layer["config"]
    if layer.get("class_name") == "Rescaling":
        return all(abs(each) < FOR_PIXELS for each in _numbers(own.get("scale")))
    if layer.get("class_name") == "Normalization":
        spreads = list(_numbers(own.get("variance")))
        return bool(spreads) and all(each * FOR_PIXELS**2 > 1 for each in spreads)
    return False


def _numbers(value: Any) -> Iterator[float]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, list):
            yield from _numbers(each)
        elif isinstance(each, int | float):
            yield each
