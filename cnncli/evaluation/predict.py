"""Predicting images: any number of files and folders, each as it was prepared for training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.data import index
from cnncli.data.walk import walk
from cnncli.errors import CnncliError, DataError
from cnncli.images.prepare import Target, doubt, fit, to_levels
from cnncli.images.reader import is_there, read, shown_name
from cnncli.images.sample_sets import is_set
from cnncli.metrics import figures
from cnncli.metrics.rounding import as_written
from cnncli.runs.directory import is_run
from cnncli.runs.trained import Trained
from cnncli.training import probabilities

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Source:
    """An image to predict: the name to show, and what the reader takes, or why there is none."""

    file: str
    source: str | None
    error: str = ""


@dataclass(frozen=True)
class Prediction:
    """What a network says of one image, or why it says nothing.

    `doubt` is why the image may not look as those that it was trained on.
    """

    file: str
    predicted: str | None = None
    probability: float | None = None
    probabilities: dict[str, float] | None = None
    error: str | None = None
    doubt: str = ""


def sources(names: Sequence[str]) -> Iterator[Source]:
    """Return the images that files, folders (with all that is below), samples and `-` name."""
    for name in names:
        if is_set(name):
            yield from (Source(item.source, item.source) for item in index.find(name).items)
        elif Path(name).is_dir():
            yield from _below(name)
        else:
            yield Source("<stdin>" if name == "-" else name, name)


def _below(folder: str) -> Iterator[Source]:
    found = walk(folder, skip=lambda place: is_run(Path(place)))
    if not found.images and not found.problems:
        raise DataError(f"{shown_name(folder)}: holds no images")
    for file in found.images:
        place = Path(folder, file.relative)
        yield Source(shown_name(place), str(place))
    for relative, reason in found.problems:
        yield Source(shown_name(Path(folder, relative)), None, reason)


def until_there(images: Iterator[Source]) -> tuple[list[Source], bool]:
    """Take images up to the first that is there to be read; whether there was one.

    Where there is none, no network has to be loaded to say so.
    """
    taken = []
    for image in images:
        taken.append(image)
        if image.source is not None and is_there(image.source):
            return taken, True
    return taken, False


def unread(image: Source) -> Prediction:
    """Return why there is nothing to predict of an image that is not there."""
    if image.source is None:
        return Prediction(image.file, error=image.error)
    try:
        read(image.source, name=image.file)
    except CnncliError as error:
        return Prediction(image.file, error=error.message.removeprefix(f"{image.file}: "))
    raise AssertionError(f"{image.file} is there")


def predict(
    trained: Trained, images: Iterable[Source], abstain: float | None = None
) -> Iterator[Prediction]:
    """Predict images one after the other; memory does not grow with their number.

    What is less probable than `abstain` has no predicted class.
    """
    for prediction, _ in with_pixels(trained, images):
        unsure = abstain is not None and (prediction.probability or 0) < abstain
        yield replace(prediction, predicted=None) if unsure else prediction


def with_pixels(
    trained: Trained, images: Iterable[Source]
) -> Iterator[tuple[Prediction, np.ndarray | None]]:
    """Predict as `predict` does, and return what went into the network as well.

    Pixels are uint8, height x width x channels; None for an image that could not be read.
    """
    step = probabilities.predictor(trained.model)
    wanted = trained.target
    for batch in probabilities.in_batches(images):
        yield from _batch(trained, step, wanted, batch)


def prepared(image: Source, wanted: Target) -> tuple[np.ndarray, str] | str:
    """Return the pixels as in training (uint8, H x W x C) and a doubt; or why there are none."""
    if image.source is None:
        return image.error
    try:
        found = read(image.source, name=image.file)
        levels = to_levels(found, wanted.value_range, wanted.background)
        return fit(levels.pixels, wanted), doubt(levels, found.depth, wanted.value_range)
    except CnncliError as error:
        return error.message.removeprefix(f"{image.file}: ")


def _batch(
    trained: Trained, step: Any, wanted: Target, batch: Sequence[Source]
) -> Iterator[tuple[Prediction, np.ndarray | None]]:
    import numpy as np

    made = [prepared(image, wanted) for image in batch]
    readable = [each[0] for each in made if not isinstance(each, str)]
    outputs = iter(step(np.stack(readable)) if readable else ())
    for image, each in zip(batch, made, strict=True):
        if isinstance(each, str):
            yield Prediction(image.file, error=each), None
        else:
            pixels, doubt = each
            prediction = _prediction(trained, image, next(outputs), doubt)
            yield prediction, pixels if prediction.error is None else None


def _prediction(trained: Trained, image: Source, row: np.ndarray, doubt: str) -> Prediction:
    """Return what the outputs for one image say."""
    import numpy as np

    if not np.isfinite(row).all():
        return Prediction(image.file, error=probabilities.no_number(row), doubt=doubt)
    meaning = trained.meaning
    positive = meaning.classes.index(meaning.positive) if meaning.positive else None
    chances = as_written(probabilities.to_classes(row[None], positive))
    (place,) = figures.decide(chances, positive, meaning.threshold)
    return Prediction(
        image.file,
        meaning.classes[place],
        float(chances[0, place]),
        dict(zip(meaning.classes, chances[0].tolist(), strict=True)),
        doubt=doubt,
    )
