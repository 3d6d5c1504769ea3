"""Predicting images: any number of files and folders, each as it was prepared for training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.data import index
from cnncli.errors import CnncliError
from cnncli.images.prepare import Target, prepare
from cnncli.images.reader import read
from cnncli.training import figures, probabilities
from cnncli.training.evaluation import target
from cnncli.training.model_file import Trained

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Source:
    """An image to predict: the name to show, and what the reader of images takes."""

    file: str
    source: Any


@dataclass(frozen=True)
class Prediction:
    """What a network says of one image, or why it says nothing."""

    file: str
    predicted: str | None = None
    probability: float | None = None
    probabilities: dict[str, float] | None = None
    error: str | None = None


def sources(names: Sequence[str]) -> Iterator[Source]:
    """Return the images that files, folders (with all that is below), samples and `-` name."""
    for name in names:
        if name == "sample:digits" or Path(name).is_dir():
            found = index.find(name)
            for item in found.items:
                shown = item.file if name.startswith("sample:") else str(Path(name, item.file))
                yield Source(shown, item.source)
        else:
            yield Source("<stdin>" if name == "-" else name, name)


def predict(trained: Trained, images: Iterable[Source]) -> Iterator[Prediction]:
    """Predict images one after the other; memory does not grow with their number."""
    step = probabilities.predictor(trained.model)
    wanted = target(trained)
    for batch in probabilities.in_batches(images):
        yield from _batch(trained, step, wanted, batch)


def prepared(image: Source, wanted: Target) -> np.ndarray | str:
    """Return the pixels as in training (uint8, H x W x C), or why there are none."""
    try:
        return prepare(read(image.source, name=image.file), wanted)
    except CnncliError as error:
        return error.message.removeprefix(f"{image.file}: ")


def _batch(
    trained: Trained, step: Any, wanted: Target, batch: Sequence[Source]
) -> Iterator[Prediction]:
    import numpy as np

    made = [prepared(image, wanted) for image in batch]
    pixels = [each for each in made if not isinstance(each, str)]
    meaning = trained.meaning
    positive = meaning.classes.index(meaning.positive) if meaning.positive else None
    outputs = step(np.stack(pixels)) if pixels else np.zeros((0, 1), np.float32)
    chances = figures.as_written(probabilities.to_classes(outputs, positive))
    rows = iter(zip(chances, figures.decide(chances, positive), strict=True))
    for image, each in zip(batch, made, strict=True):
        if isinstance(each, str):
            yield Prediction(image.file, error=each)
            continue
        row, place = next(rows)
        yield Prediction(
            image.file,
            meaning.classes[place],
            float(row[place]),
            dict(zip(meaning.classes, row.tolist(), strict=True)),
        )
