"""Explaining a network's decisions: images in, predictions and maps out, one image at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.evaluation.listing import Source
from cnncli.evaluation.predict import Prediction, with_pixels
from cnncli.explain.answering import AnsweringNetwork
from cnncli.explain.checks import NO_CHECKS, Checks
from cnncli.explain.exported_network import ExportedNetwork
from cnncli.explain.network import Network
from cnncli.explain.verdicts import Verdict
from cnncli.explain.ways import Way, named
from cnncli.network.exported_classifier import ExportedClassifier
from cnncli.runs.trained import Trained

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Map:
    """A map of one image: what speaks for `target`, a class, by one method.

    `values` are rows x columns, float32; `figures` is what else the method knows of it, and
    `verdicts` what its checks say of it, by their names.
    """

    method: str
    layer: str | None
    target: str
    values: np.ndarray
    figures: Mapping[str, Any] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """By what it was made, in words."""
        return named(self.method, self.layer)

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


def prepare_answers(trained: Trained) -> AnsweringNetwork:
    """Return the network of any MODEL, ready to be explained at least by its answers."""
    if not isinstance(trained.model, ExportedClassifier):
        return prepare(trained)
    meaning = trained.meaning
    return ExportedNetwork(trained.model, meaning.classes, meaning.positive)


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
    network: AnsweringNetwork,
    images: Iterable[Source],
    ways: Sequence[Way],
    targets: Sequence[int] = (),
    checks: Checks = NO_CHECKS,
) -> Iterator[Explanation]:
    """Explain images one after the other; memory does not grow with their number.

    Each by every way, for the classes at `targets`, without any for the class that is predicted.
    """
    for prediction, pixels in with_pixels(trained, images):
        if pixels is None or prediction.predicted is None:
            yield Explanation(prediction)
            continue
        wanted = targets or [network.classes.index(prediction.predicted)]
        image = network.inputs(pixels[None])[0]
        made = [each for target in wanted for each in _maps(network, ways, image, target, checks)]
        yield Explanation(prediction, pixels, tuple(made))


def _maps(
    network: AnsweringNetwork, ways: Sequence[Way], image: np.ndarray, target: int, checks: Checks
) -> list[Map]:
    made = []
    for way in ways:
        network.begin(way.name)
        made.append(way.maps(network, image[None], [target], way.layer))
    values = [each.values[0] for each in made]
    verdicts = checks.of(network, ways, image, target, values)
    name = network.classes[target]
    return [
        Map(way.method, way.layer, name, one, each.figures[0] if each.figures else {}, said)
        for way, each, one, said in zip(ways, made, values, verdicts, strict=True)
    ]


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
