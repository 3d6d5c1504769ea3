"""Explaining a network's decisions: images in, predictions and maps out, one image at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.evaluation.predict import Prediction, Source, with_pixels
from cnncli.explain.method import Method
from cnncli.explain.network import Network
from cnncli.runs.trained import Trained

if TYPE_CHECKING:
    import numpy as np

ALL_LAYERS = "all"


@dataclass(frozen=True)
class Way:
    """A method as it is used: its name, its function, and the layer whose maps it takes, if any."""

    method: str
    maps: Method
    layer: str | None = None


@dataclass(frozen=True)
class Map:
    """A map of one image: what speaks for `target`, a class, by one method.

    `values` are rows x columns, float32; `figures` is what else the method knows of it.
    """

    method: str
    layer: str | None
    target: str
    values: np.ndarray
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the image speaks for the class there, or against it."""
        return not self.values.any()


@dataclass(frozen=True)
class Explanation:
    """An image, what the network says of it, and maps of why; no maps where it says nothing.

    `pixels` are those that go into the network: uint8, height x width x channels.
    """

    prediction: Prediction
    pixels: np.ndarray | None = None
    maps: tuple[Map, ...] = ()


def prepare(trained: Trained) -> Network:
    """Return the network of a run or a file, ready to be explained."""
    meaning = trained.meaning
    return Network(trained.model, meaning.classes, meaning.positive)


def ways(
    network: Network, methods: Mapping[str, tuple[Method, bool]], layers: Sequence[str]
) -> list[Way]:
    """Return each method with each layer that it is to be used with.

    `methods` holds a function by name, and whether it takes the maps of a layer. Without
    `layers` that is the default one; "all" are those from early to late. Raises UsageError for
    a layer that is not there, or has no maps.
    """
    if ALL_LAYERS in layers:
        found = [result.name for result in network.layers]
    else:
        found = [name for layer in layers for name in network.find(layer)]
    names: list[str | None] = [*dict.fromkeys(found)]
    if not names:
        names = [network.default_layer]
    return [
        Way(method, maps, layer)
        for method, (maps, by_layer) in methods.items()
        for layer in (names if by_layer else [None])
    ]


def class_numbers(names: Sequence[str], classes: Sequence[str]) -> list[int]:
    """Return the places of `names` in `classes`; UsageError for one that is not among them."""
    for name in names:
        if name not in classes:
            raise UsageError(
                f'the network knows no class "{name}"',
                hint=f"It tells {', '.join(classes)} apart.",
            )
    return [classes.index(name) for name in dict.fromkeys(names)]


def explain(
    trained: Trained,
    network: Network,
    images: Iterable[Source],
    ways: Sequence[Way],
    targets: Sequence[int] = (),
) -> Iterator[Explanation]:
    """Explain images one after the other; memory does not grow with their number.

    Each by every way, for the classes at `targets`, without any for the class that is predicted.
    """
    for prediction, pixels in with_pixels(trained, images):
        if pixels is None or prediction.predicted is None:
            yield Explanation(prediction)
            continue
        wanted = targets or [network.classes.index(prediction.predicted)]
        inputs = network.inputs(pixels[None])
        made = [_map(network, way, inputs, target) for target in wanted for way in ways]
        yield Explanation(prediction, pixels, tuple(made))


def _map(network: Network, way: Way, inputs: np.ndarray, target: int) -> Map:
    made = way.maps(network, inputs, [target], way.layer)
    figures = made.figures[0] if made.figures else {}
    return Map(way.method, way.layer, network.classes[target], made.values[0], figures)


def keys(files: Sequence[str]) -> list[str]:
    """Return what each image is called in the file of all maps.

    Its name without the folder; with it, where another has the same name.
    """
    short = [file.rpartition("/")[2] if not file.startswith("sample:") else file for file in files]
    count = Counter(short)
    return [name if count[name] == 1 else file for name, file in zip(short, files, strict=True)]


def key_of(image: str, each: Map, *, several: bool) -> str:
    """Return the name of a map in the file of all maps.

    IMAGE/METHOD; where an image has `several` by one method, /LAYER/CLASS behind it, of a
    method that takes no layer /-/CLASS.
    """
    return "/".join([image, each.method, *([each.layer or "-", each.target] if several else [])])
