"""Steps behind a frozen front: on what it made of each image, several in one call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cnncli.training.examples import Examples

if TYPE_CHECKING:
    import numpy as np

# Seconds that one call of several steps may take, and bytes that it may be given.
AT_ONCE, MOST_BYTES = 0.1, 1 << 25


class FeatureSteps:
    """Steps behind a frozen front, which take so little time that a call does several.

    How many makes no difference to any bit: each is the same step of the same graph.
    """

    def __init__(self, model: Any, size: int, like: Examples) -> None:
        import numpy as np
        import tensorflow as tf

        signature = _signature(like)

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
        kept = isinstance(like.pixels, np.ndarray)
        width = 4 * size * like.pixels.shape[1]
        self._most = max(1, MOST_BYTES // width) if kept else 1
        self.at_once = 1
        self._train = tf.function(several, input_signature=signature)
        self._test = tf.function(test, input_signature=signature[:2])

    def train(self, part: Examples, places: np.ndarray) -> None:
        arrays, steps = part.batch(places), -(-len(places) // self._size)
        began = time.monotonic()
        self._train(*arrays)
        seconds = max(time.monotonic() - began, 1e-6)
        fitting = int(steps * AT_ONCE / seconds)
        self.at_once = max(1, min(fitting, 4 * self.at_once, self._most))

    def test(self, part: Examples, places: np.ndarray) -> None:
        self._test(*part.batch(places)[:2])

    def traced(self) -> Any:
        return self._train.get_concrete_function().graph


def _signature(like: Examples) -> list[Any]:
    """Describe the arrays of a batch: for one trace, whatever its size."""
    import tensorflow as tf

    weights = [tf.TensorSpec([None], tf.float32)] if like.weights is not None else []
    return [
        tf.TensorSpec([None, like.pixels.shape[1]], tf.float32),
        tf.TensorSpec([None, *like.targets.shape[1:]], like.targets.dtype),
        *weights,
    ]
