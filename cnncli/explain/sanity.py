"""Whether maps depend on what a network learnt: the same maps with its weights drawn anew.

Adebayo and others, "Sanity Checks for Saliency Maps" (2018): layer by layer from the top, until
all are drawn anew. It is a property of a network, a method and a layer, not of an image.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.explain import edges
from cnncli.explain.correlation import mean, spearman
from cnncli.explain.network import Network
from cnncli.explain.reinitialise import draw_anew, learnt_layers, restoring
from cnncli.explain.verdicts import Verdict, undefined
from cnncli.explain.ways import Way

if TYPE_CHECKING:
    import numpy as np

IMAGES, SEEDS = 8, 3
STEPS = 16  # layers that are measured, of a network with more of them
APART = 1000  # between the seeds of two layers: more than one layer has initializers
LEARNT, IGNORES = 0.5, 0.9  # below the first it depends on what was learnt
CONTROL = Way("edges", edges.maps)
LEARNT_WORDS = "depends on what was learnt"
IMAGE_WORDS = "shows mostly the image"
IGNORES_WORDS = "ignores the weights"
BLIND_WORDS = "is blind to the class"

Show = Callable[[int, int], None]


@dataclass(frozen=True)
class Sanity:
    """How far maps stay the same (Spearman, mean) when weights are drawn anew.

    `steps` holds, from the top, a layer and the figure after it and all above it were drawn
    anew, by the sizes of the maps: one in which only signs change still draws the same picture.
    `top` is the figure with the top layer alone drawn anew, signs and all, as they are what
    tells for a class from against it. `control` is that of an edge detector with all layers
    drawn anew. Each is None where no comparison was defined; `undefined` is the share of those.
    """

    steps: Sequence[tuple[str, float | None]]
    top: float | None
    control: float | None
    images: int
    undefined: float = 0.0
    seeds: int = SEEDS

    @property
    def all(self) -> float | None:
        """With all layers drawn anew."""
        return self.steps[-1][1]

    @property
    def verdict(self) -> Verdict:
        """What it means."""
        if self.control is None or self.control < IGNORES:
            return undefined("the edge detector, which must fail, did not: the images show nothing")
        if self.all is None or self.top is None:
            return undefined("the maps are empty, or the same everywhere")
        words = _words(self.top, self.all)
        about = {"top_layer": self.top, "control": self.control, "images": self.images}
        top = f"with the top layer alone {self.top:.2f}" if words == BLIND_WORDS else ""
        return Verdict(self.all, words, words != LEARNT_WORDS, about, beside=top)


class _Comparison:
    """Collects how far the maps of one way stay the same."""

    def __init__(self, way: Way, learnt: np.ndarray, steps: int) -> None:
        self.way = way
        self._learnt = learnt
        self._top: list[float | None] = []
        self._steps: list[list[float | None]] = [[] for _ in range(steps)]

    def take(self, step: int, maps: np.ndarray) -> None:
        """Compare maps that were made with weights drawn anew."""
        pairs = list(zip(self._learnt, maps, strict=True))
        self._steps[step] += [spearman(abs(before), abs(after)) for before, after in pairs]
        if step == 0:
            self._top += [spearman(*pair) for pair in pairs]

    def steps(self, names: Sequence[str]) -> list[tuple[str, float | None]]:
        """Return the figures behind the names of the layers."""
        return [(name, mean(found)) for name, found in zip(names, self._steps, strict=True)]

    def sanity(self, names: Sequence[str], control: float | None) -> Sanity:
        """Return what was found."""
        found = [each for step in self._steps for each in step]
        share = found.count(None) / len(found)
        return Sanity(self.steps(names), mean(self._top), control, len(self._learnt), share)


def measure(
    network: Network,
    ways: Sequence[Way],
    images: np.ndarray,
    classes: Sequence[int],
    show: Show = lambda done, total: None,
) -> dict[Way, Sanity]:
    """Return how far the maps of each way depend on the weights, over images and their classes.

    `images` are as `Network.inputs` returns them. The network is as before in the end.
    """
    layers = learnt_layers(network)
    measured = _measured(len(layers))
    states = 1 + SEEDS * len(measured)
    count = itertools.count()

    def maps(way: Way) -> np.ndarray:
        show(next(count), states * (1 + len(ways)))
        network.begin(way.name)
        return way.maps(network, images, classes, way.layer).values

    compared = [_Comparison(way, maps(way), len(measured)) for way in (*ways, CONTROL)]
    with contextlib.closing(_drawn_anew(layers)) as drawn:
        for number in drawn:
            if number in measured:
                for each in compared:
                    each.take(measured.index(number), maps(each.way))
    names = [layers[number].name for number in measured]
    control = compared.pop().steps(names)[-1][1]
    return {each.way: each.sanity(names, control) for each in compared}


def _drawn_anew(layers: Sequence[Any]) -> Generator[int]:
    """Draw the weights of layer after layer anew, with several seeds; yield the place of each."""
    for seed in range(SEEDS):
        with restoring(layers):
            for number, layer in enumerate(layers):
                draw_anew(layer, (seed * len(layers) + number) * APART)
                yield number


def _measured(layers: int) -> list[int]:
    """Return the places of the layers after which maps are compared: the first, the last, and
    others evenly between them.
    """
    count = min(layers, STEPS)
    return [round(step * (layers - 1) / max(1, count - 1)) for step in range(count)]


def _words(top: float, everything: float) -> str:
    if everything >= IGNORES:
        return IGNORES_WORDS
    if top >= IGNORES:
        return BLIND_WORDS
    return IMAGE_WORDS if everything >= LEARNT else LEARNT_WORDS
