"""What a network makes of images: a probability for each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError
from cnncli.images.parallel import processors
from cnncli.network.exported_classifier import ExportedClassifier

if TYPE_CHECKING:
    import numpy as np

    from cnncli.data.store import Pixels

# How far the sum of a row may be from 1: the roundings of a softmax are within.
TOLERANCE, TOLERANCE_BFLOAT16 = 1e-3, 1e-2
SHOWN = 6  # outputs that a message quotes
BATCH = 16  # images that are read and handed over together


def predictor(model: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from images (uint8, N x H x W x C) to the outputs (N x U).

    Each image goes through the network alone: in a batch, the last bits of a row depend on the
    size of the batch and on the place in it (a mean is summed up in another order).
    """
    if isinstance(model, ExportedClassifier):
        return model.predict
    import numpy as np
    import tensorflow as tf

    def one(image: Any) -> Any:
        outputs = model(tf.cast(image, tf.float32)[None], training=False)
        return tf.cast(outputs, tf.float32)[0]

    @tf.function(input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.uint8)])
    def step(images: Any) -> Any:
        beside = max(BATCH, processors())
        return tf.map_fn(one, images, fn_output_signature=tf.float32, parallel_iterations=beside)

    return lambda images: np.asarray(step(images))


def outputs_of(
    model: Any,
    pixels: Pixels,
    rows: np.ndarray,
    progress: Callable[[int, int], None] | None = None,
    predict: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Return the outputs (N x U) for the images at `rows` of an array.

    `predict` is the model's own, where it was made before: TensorFlow takes a while to trace it.
    """
    import numpy as np

    predict = predict or predictor(model)
    parts = []
    for start in range(0, len(rows), BATCH):
        parts.append(predict(pixels[rows[start : start + BATCH]]))
        if progress is not None:
            progress(min(start + BATCH, len(rows)), len(rows))
    return np.concatenate(parts) if parts else np.zeros((0, model.output_shape[-1]), np.float32)


def to_classes(outputs: np.ndarray, positive: int | None) -> np.ndarray:
    """Return a probability for each class (N x C): one sigmoid unit is that of the positive.

    Raises ModelError for outputs that are no probabilities.
    """
    import numpy as np

    _refuse_others(outputs)
    if outputs.shape[1] != 1:
        return outputs.astype(np.float64)
    chance = outputs[:, 0].astype(np.float64)
    both = np.empty((len(chance), 2))
    place = 1 if positive is None else positive
    both[:, place], both[:, 1 - place] = chance, 1.0 - chance
    return both


def _refuse_others(outputs: np.ndarray) -> None:
    """Raise ModelError, with the numbers, for rows that are no probabilities of classes."""
    import numpy as np

    for row in outputs[_doubtful(outputs)]:
        if not np.isfinite(row).all():
            raise ModelError(no_number(row))
        allowed = _tolerance(row)
        total = float(row.sum(dtype=np.float64)) if len(row) > 1 else 1.0
        if row.min() < -allowed or row.max() > 1 + allowed or abs(total - 1) > allowed:
            summed = f", with the sum {total:.4g}" if len(row) > 1 else ""
            raise ModelError(
                f"the outputs are no probabilities of classes: {_shown(row)}{summed}",
                hint="Each must be 0 to 1, and those of an image sum to 1. Of logits: --logits.",
            )


def _doubtful(outputs: np.ndarray) -> np.ndarray:
    """Return which rows may be no probabilities (N, bool): all others certainly are."""
    import numpy as np

    inside = (outputs >= -TOLERANCE) & (outputs <= 1 + TOLERANCE)  # what is no number is not
    sums = outputs.sum(axis=1, dtype=np.float64) if outputs.shape[1] > 1 else np.ones(len(outputs))
    return ~(inside.all(axis=1) & (np.abs(sums - 1) <= TOLERANCE))


def no_number(row: np.ndarray) -> str:
    """Say that outputs are no numbers, which no class can be made of."""
    return f"the network answers with what is no number: {_shown(row)}"


def _shown(row: np.ndarray) -> str:
    return ", ".join(f"{value:.4g}" for value in row[:SHOWN]) + ", ..." * (len(row) > SHOWN)


def _tolerance(row: np.ndarray) -> float:
    """Return how far a sum may be from 1; more where all values have the 8 bits of bfloat16."""
    import numpy as np

    short = not (np.ascontiguousarray(row, np.float32).view(np.uint32) & 0xFFFF).any()
    return TOLERANCE_BFLOAT16 if short else TOLERANCE
