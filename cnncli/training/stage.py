"""One phase of a run as it is trained: a compiled network, examples, and how steps are done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cnncli.runs.keep import Keep
from cnncli.training.augmentation import Augmentation
from cnncli.training.devices import Devices
from cnncli.training.examples import Examples

if TYPE_CHECKING:
    import numpy as np

Both = tuple[Examples, Examples | None]  # to train on, and to validate with
# Seconds that one call of several steps may take, and bytes that it may be given.
AT_ONCE, MOST_BYTES = 0.1, 1 << 25


@dataclass(frozen=True)
class Stage:
    """What one phase trains.

    `model` is compiled: the network, or what is behind its frozen `front`. `variables` are those
    of the whole network. Where `features` is given, it returns the examples as the front makes
    them (it is told how many images are done, and may be stopped by an error): they take the
    place of the images. With `anew`, the best epoch is chosen among those of this phase.
    """

    model: Any
    variables: Sequence[Any]
    train: Examples
    validation: Examples | None
    batch_size: int
    callbacks: Sequence[Any]
    augmentation: Augmentation
    keep: Keep
    save_best: Callable[[], None]
    front: Any = None
    features: Callable[[Callable[[int, int], None]], Both] | None = None
    anew: bool = False


class Steps(Protocol):
    """How the steps of a phase are done: `at_once` of them in one call of `train`."""

    at_once: int

    def train(self, arrays: Sequence[np.ndarray]) -> None: ...

    def test(self, arrays: Sequence[np.ndarray]) -> None: ...


def steps_of(stage: Stage, devices: Devices, both: Both) -> Steps:
    """Return the steps of a phase, for examples as they are by now."""
    if stage.features is None:
        return ImageSteps(stage, devices)
    return FeatureSteps(stage, both[0])


class ImageSteps:
    """Steps on images: augmentation, the frozen front if there is one, the rest."""

    at_once = 1

    def __init__(self, stage: Stage, devices: Devices) -> None:
        import tensorflow as tf

        def train_step(images: Any, targets: Any, *rest: Any) -> None:
            images, targets = stage.augmentation(tf.cast(images, tf.float32), targets)
            stage.model.train_step((fed(images, training=True), targets, *rest))

        def test_step(images: Any, targets: Any) -> None:
            images = tf.cast(images, tf.float32)
            stage.model.test_step((fed(images, training=False), targets))

        def fed(images: Any, *, training: bool) -> Any:
            return images if stage.front is None else stage.front(images, training=training)

        signature = _signature(stage.train, tf.uint8)
        self._devices = devices
        self._train = devices.step(train_step, signature)
        self._test = devices.step(test_step, signature[:2])

    def train(self, arrays: Sequence[np.ndarray]) -> None:
        self._train(*self._devices.batch(arrays))

    def test(self, arrays: Sequence[np.ndarray]) -> None:
        self._test(*self._devices.batch(arrays)[:2])


class FeatureSteps:
    """Steps behind a frozen front, which take so little time that a call does several.

    How many makes no difference to any bit: each is the same step of the same graph.
    """

    def __init__(self, stage: Stage, train: Examples) -> None:
        import numpy as np
        import tensorflow as tf

        size, model = stage.batch_size, stage.model
        signature = _signature(train, tf.float32)

        def several(*arrays: Any) -> None:
            def step(number: Any) -> Any:
                part = slice(number * size, (number + 1) * size)
                model.train_step(tuple(array[part] for array in arrays))
                return number + 1

            count = (tf.shape(arrays[0])[0] + size - 1) // size
            tf.while_loop(lambda number: number < count, step, [0], parallel_iterations=1)

        def test(features: Any, targets: Any) -> None:
            model.test_step((features, targets))

        self._size = size
        # Where rows are computed when they are asked for, that is what takes the time.
        kept = isinstance(train.pixels, np.ndarray)
        width = 4 * size * train.pixels.shape[1]
        self._most = max(1, MOST_BYTES // width) if kept else 1
        self.at_once = 1
        self._train = tf.function(several, input_signature=signature)
        self._test = tf.function(test, input_signature=signature[:2])

    def train(self, arrays: Sequence[np.ndarray]) -> None:
        began, steps = time.monotonic(), -(-len(arrays[0]) // self._size)
        self._train(*arrays)
        seconds = max(time.monotonic() - began, 1e-6)
        fitting = int(steps * AT_ONCE / seconds)
        self.at_once = max(1, min(fitting, 4 * self.at_once, self._most))

    def test(self, arrays: Sequence[np.ndarray]) -> None:
        self._test(*arrays[:2])


def _signature(train: Examples, dtype: Any) -> list[Any]:
    """Describe the arrays of a batch: for one trace, whatever its size."""
    import tensorflow as tf

    targets = train.targets
    weights = [tf.TensorSpec([None], tf.float32)] if train.weights is not None else []
    return [
        tf.TensorSpec([None, *train.pixels.shape[1:]], dtype),
        tf.TensorSpec([None, *targets.shape[1:]], targets.dtype),
        *weights,
    ]
