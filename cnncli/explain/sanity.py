"""Whether maps depend on what a network learnt: the same maps with its weights drawn anew.

Adebayo and others, "Sanity Checks for Saliency Maps" (2018): layer by layer from the top, until
all are drawn anew. It is a property of a network, a method and a layer, not of an image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnncli.explain.correlation import mean, spearman
from cnncli.explain.network import Network
from cnncli.explain.reinitialise import draw_anew, learnt_layers, restoring
from cnncli.explain.verdicts import Verdict, undefined
from cnncli.explain.ways import Way, way_of
from cnncli.registry import CONTROL

if TYPE_CHECKING:
    import numpy as np

IMAGES, SEEDS = 8, 3
STEPS = 16  # layers that are measured, of a network with more of them
APART = 1000  # between the seeds of two layers: more than one layer has initializers
LEARNT, IGNORES = 0.5, 0.9  # below the first it depends on what was learnt
LEARNT_WORDS = "depends on what was learnt"
IMAGE_WORDS = "shows mostly the image"
IGNORES_WORDS = "ignores the weights"
BLIND_WORDS = "is blind to the class"

Show = Callable[[int, int], None]


@dataclass(frozen=True)
class Sanity:
    """How far maps stay the same (Spearman, mean) when weights are drawn anew.

    `steps` holds, from the top, a layer and the figure after it and all above it were drawn
    anew; None where no comparison was defined. `control` is the figure of an edge detector with
    all of them drawn anew. `undefined` is the share of comparisons that were not defined.
    """

    steps: Sequence[tuple[str, float | None]]
    control: float | None
    images: int
    undefined: float = 0.0
    seeds: int = SEEDS

    @property
    def top(self) -> float | None:
        """With the top layer alone drawn anew."""
        return self.steps[0][1]

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
        detail = f"(top layer alone {self.top:.2f})" if words == BLIND_WORDS else ""
        return Verdict(self.all, words, words != LEARNT_WORDS, about, detail)


def measure(
    network: Network,
    ways: Sequence[Way],
    images: np.ndarray,
    classes: Sequence[int],
    show: Show = lambda done, total: None,
) -> dict[Way, Sanity]:
    """Return how far the maps of each way depend on the weights, over images and their classes.

    `images` are as `Network.inputs` returns them. Sizes are compared, without signs: a map in
    which only the signs change still draws the same picture. The network is as before in the end.
    """
    control = way_of(CONTROL)
    compared = [*ways, control]
    layers = learnt_layers(network)
    measured = _measured(len(layers))
    total = len(compared) * (1 + SEEDS * len(measured))
    found: dict[Way, list[list[float | None]]] = {way: [[] for _ in measured] for way in compared}
    count = 0

    def sizes(way: Way) -> np.ndarray:
        nonlocal count
        show(count, total)
        count += 1
        made: np.ndarray = abs(way.maps(network, images, classes, way.layer).values)
        return made

    with restoring(layers):
        learnt = {way: sizes(way) for way in compared}
        for seed in range(SEEDS):
            with restoring(layers):
                for number, layer in enumerate(layers):
                    draw_anew(layer, (seed * len(layers) + number) * APART)
                    if number in measured:
                        for way in compared:
                            pairs = zip(learnt[way], sizes(way), strict=True)
                            figures = found[way][measured.index(number)]
                            figures += [spearman(*pair) for pair in pairs]
    names = [layers[number].name for number in measured]
    edges = mean(found[control][-1])
    return {way: _sanity(names, found[way], edges, len(images)) for way in ways}


def _sanity(
    names: Sequence[str], found: list[list[float | None]], control: float | None, images: int
) -> Sanity:
    figures = [each for step in found for each in step]
    steps = [(name, mean(step)) for name, step in zip(names, found, strict=True)]
    return Sanity(steps, control, images, figures.count(None) / len(figures))


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


def verdicts(found: Mapping[Way, Sanity]) -> dict[Way, Verdict]:
    """Return what each means."""
    return {way: each.verdict for way, each in found.items()}
