"""A network as far as its answers go: what methods need that do not look inside."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cnncli.errors import UsageError
from cnncli.network.results import Result
from cnncli.training.probabilities import to_classes

if TYPE_CHECKING:
    import numpy as np

BATCH, BATCH_VALUES = 64, 4_000_000  # images in a batch, and values in its images, at most
# Is told what is computed, and how many of its images have gone through, of how many (0: unknown).
Tell = Callable[[str, int, int], None]


class AnsweringNetwork(ABC):
    """A network that tells classes apart, entered behind its preprocessing.

    Images are float32, N x height x width x channels, as `inputs` returns them. A class is
    its place in `classes`. The score of a class is what the last activation gets (softmax or
    sigmoid); of a last layer with one unit, that of the class which is not `positive` is the
    negative.
    """

    def __init__(self, classes: Sequence[str], positive: str | None = None) -> None:
        self.classes = tuple(classes)
        self.positive = self.classes.index(positive) if positive is not None else None
        self._tell: Tell = _silent
        self._work = ""

    @property
    @abstractmethod
    def units(self) -> int:
        """How many outputs there are for an image."""

    @property
    @abstractmethod
    def entry_shape(self) -> Sequence[int | None]:
        """Height, width and channels where images enter."""

    @property
    @abstractmethod
    def baseline(self) -> str:
        """What stands for "nothing is there": the value 0 where images enter, in words."""

    @property
    def layers(self) -> Sequence[Result]:
        """The layers that maps are worth asking of, from early to late."""
        return ()

    @property
    def default_layer(self) -> str | None:
        """The layer that is explained unless another is named; None where none has maps."""
        return None

    def find(self, layer: str) -> list[str]:
        """Return the names of the results that a layer has; UsageError where none are maps."""
        raise UsageError(f"--layer {layer}: no layer of this network can be looked at")

    @abstractmethod
    def inputs(self, pixels: np.ndarray) -> np.ndarray:
        """Return images of 0..255 (N x H x W x C) as they leave the preprocessing."""

    @abstractmethod
    def forward(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what the last activation gets, and what it makes of it (N x U each)."""

    def scores(self, images: np.ndarray, target: int) -> np.ndarray:
        """Return the score of a class for each image (N), float64."""
        return self.forward(images)[0] @ self.towards(target)

    def probabilities(self, images: np.ndarray, target: int) -> np.ndarray:
        """Return the probability of a class for each image (N), float64, as `predict` does."""
        chances: np.ndarray = to_classes(self.forward(images)[1], self.positive)[:, target]
        return chances

    def towards(self, target: int) -> np.ndarray:
        """Return the weights of the outputs (U) whose sum is the score of a class."""
        import numpy as np

        if self.units == 1:
            place = 1 if self.positive is None else self.positive
            return np.array([1 if target == place else -1], np.float32)
        return np.eye(self.units, dtype=np.float32)[target]

    def batches(self, images: np.ndarray) -> Iterator[np.ndarray]:
        """Cut images into batches that bound the memory that a step takes."""
        for start in range(0, len(images), self.batch):
            yield images[start : start + self.batch]

    def steps(self, count: int) -> Iterator[slice]:
        """Cut so many images into batches, and tell of each how far the work has come."""
        for start in range(0, count, self.batch):
            end = min(start + self.batch, count)
            yield slice(start, end)
            self.tell(end, count)

    def begin(self, work: str) -> None:
        """Say in words what is computed from here on."""
        self._work = work
        self.tell(0, 0)

    def tell(self, done: int, total: int) -> None:
        """Tell how far the work has come, whoever listens."""
        self._tell(self._work, done, total)

    @contextlib.contextmanager
    def telling(self, tell: Tell) -> Iterator[None]:
        """Call `tell` with what is computed, for as long as the block runs."""
        self._tell = tell
        try:
            yield
        finally:
            self._tell = _silent

    @property
    def batch(self) -> int:
        """How many images go through the network at a time."""
        values = 1
        for size in self.entry_shape:
            values *= int(size or 1)
        return max(1, min(BATCH, BATCH_VALUES // values))


def _silent(work: str, done: int, total: int) -> None:
    pass
