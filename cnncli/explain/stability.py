"""Whether a map stays the same when the image changes by next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cnncli.explain.answering import AnsweringNetwork
from cnncli.explain.correlation import mean, spearman
from cnncli.explain.verdicts import Verdict, undefined, why_flat
from cnncli.explain.ways import Way

if TYPE_CHECKING:
    import numpy as np

NOISE = 0.01  # of the range of the image
STABLE, UNSTABLE = 0.9, 0.5
STABLE_WORDS = "stable"
SHAKY_WORDS = "changes with what one does not see"
UNSTABLE_WORDS = "unstable"
# Brings the map of a changed image to where that of the image itself is, and cuts both.
Back = Callable[["np.ndarray"], "np.ndarray"]


def of_map(
    network: AnsweringNetwork, way: Way, image: np.ndarray, target: int, values: np.ndarray
) -> Verdict:
    """Return Spearman's correlation of a map with those of four slightly changed images, mean.

    Two with noise, one shifted to the right and one down by a pixel; maps are shifted back, as
    far as their cells are as small as pixels.
    """
    figures: list[float | None] = []
    for changed, cut, back in _changed(image, values.shape):
        other = way.maps(network, changed[None], [target], way.layer).values[0]
        pair = cut(values), back(other)
        figures.append(spearman(*(map(abs, pair) if way.by_size else pair)))
    figure = mean(figures)
    if figure is None:
        return undefined(why_flat(values))
    words = STABLE_WORDS if figure >= STABLE else SHAKY_WORDS
    words = UNSTABLE_WORDS if figure < UNSTABLE else words
    return Verdict(figure, words, words != STABLE_WORDS)


def _changed(image: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple[np.ndarray, Back, Back]]:
    """Yield images that differ a little (float32), and what to compare of the two maps."""
    import numpy as np

    random = np.random.default_rng(0)
    spread = NOISE * float(image.max() - image.min())
    for _ in range(2):
        noise = random.normal(0, spread, image.shape)
        yield (image + noise).astype(np.float32), _whole, _whole
    for axis in (0, 1):
        rim = np.take(image, [0], axis=axis)
        rest = np.delete(image, -1, axis=axis)
        cells = round(shape[axis] / image.shape[axis])  # by which a map moves
        yield np.concatenate([rim, rest], axis=axis), *_overlap(axis, cells)


def _whole(values: np.ndarray) -> np.ndarray:
    return values


def _overlap(axis: int, cells: int) -> tuple[Back, Back]:
    """Return what cuts a map and one moved by so many cells to what both hold."""
    import numpy as np

    def cut(values: np.ndarray) -> np.ndarray:
        return np.take(values, range(values.shape[axis] - cells), axis=axis)

    def back(values: np.ndarray) -> np.ndarray:
        return np.take(values, range(cells, values.shape[axis]), axis=axis)

    return cut, back
