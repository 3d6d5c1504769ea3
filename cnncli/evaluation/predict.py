"""Predicting images: any number of files and folders, each as it was prepared for training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cnncli.errors import CnncliError
from cnncli.evaluation.listing import Source
from cnncli.images.parallel import ahead
from cnncli.images.prepare import Target, doubt, fit, to_levels
from cnncli.images.reader import read
from cnncli.metrics import deciding
from cnncli.metrics.rounding import as_written
from cnncli.runs.trained import Trained
from cnncli.training import probabilities

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Prediction:
    """What a network says of one image, or why it says nothing.

    `doubt` is why the image may not look as those that it was trained on, `source` what the
    reader took, `vector` what the last layer of the network got (float32), where that is wanted.
    """

    file: str
    predicted: str | None = None
    probability: float | None = None
    probabilities: dict[str, float] | None = None
    error: str | None = None
    doubt: str = ""
    source: str | None = None
    vector: np.ndarray | None = None


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
    trained: Trained,
    images: Iterable[Source],
    abstain: float | None = None,
    *,
    vectors: bool = False,
) -> Iterator[Prediction]:
    """Predict images one after the other; memory does not grow with their number.

    What is less probable than `abstain` has no predicted class. With `vectors` they have those,
    too; ModelError where the network has none.
    """
    if vectors:
        from cnncli.evaluation.vectors import with_vectors

        trained = with_vectors(trained)
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
    for batch in ahead(lambda image: (image, prepared(image, wanted)), images):
        yield from _batch(trained, step, batch)


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
    trained: Trained, step: Any, batch: Sequence[tuple[Source, tuple[np.ndarray, str] | str]]
) -> Iterator[tuple[Prediction, np.ndarray | None]]:
    import numpy as np

    readable = [each[0] for _, each in batch if not isinstance(each, str)]
    said = iter(_said(trained, step(np.stack(readable))) if readable else ())
    for image, each in batch:
        if isinstance(each, str):
            yield Prediction(image.file, error=each), None
        else:
            pixels, doubt = each
            prediction = replace(next(said), file=image.file, source=image.source, doubt=doubt)
            yield prediction, pixels if prediction.error is None else None


def _said(trained: Trained, outputs: np.ndarray) -> Iterator[Prediction]:
    """Yield what each row of outputs says, of an image that is yet to be named."""
    import numpy as np

    meaning = trained.meaning
    outputs, vectors = _apart(outputs, trained.vector)
    positive = meaning.classes.index(meaning.positive) if meaning.positive else None
    usable = np.isfinite(outputs).all(axis=1)
    chances = as_written(probabilities.to_classes(outputs[usable], positive))
    decided = deciding.decide(chances, positive, meaning.threshold)
    rows = zip(decided.tolist(), chances.tolist(), strict=True)
    for row, vector, is_usable in zip(outputs, vectors, usable, strict=True):
        if not is_usable:
            yield Prediction("", error=probabilities.no_number(row))
            continue
        place, values = next(rows)
        shares = dict(zip(meaning.classes, values, strict=True))
        found = Prediction("", meaning.classes[place], values[place], shares)
        yield found if vector is None else replace(found, vector=vector)


def _apart(outputs: np.ndarray, length: int) -> tuple[np.ndarray, Sequence[np.ndarray | None]]:
    """Return rows of outputs (N x U), and the vector of `length` behind each (None without)."""
    if not length:
        return outputs, [None] * len(outputs)
    return outputs[:, :-length], list(outputs[:, -length:])
