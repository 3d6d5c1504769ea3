"""Where a network trains: one processor or graphics card, or several that share each batch.

Several keep the same weights (TensorFlow's MirroredStrategy). Each image counts as it does on one
device, so that a run comes to the same weights but for the last bits.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

Step = Callable[..., None]


@dataclass(frozen=True)
class Devices:
    """The devices of this process that train; `strategy` is None for a single one.

    `kind` is what TensorFlow calls them: CPU or GPU.
    """

    strategy: Any
    count: int
    kind: str

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which model, optimizer and metrics are made."""
        return contextlib.nullcontext() if self.strategy is None else self.strategy.scope()

    def step(self, function: Step, signature: Sequence[Any]) -> Step:
        """Return `function` compiled: it takes arrays of a batch, of which each device has a share.

        `signature` describes the arrays, for one trace whatever the size of a batch.
        """
        import tensorflow as tf

        if self.strategy is None:
            compiled: Step = tf.function(function, input_signature=signature)
            return compiled

        @tf.function(reduce_retracing=True)
        def on_all(*shares: Any) -> None:
            self.strategy.run(function, shares)

        return lambda *arrays: on_all(*map(self._shares, arrays))

    def batch(self, arrays: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """Return the arrays of a batch (pixels, targets, perhaps weights) ready to be shared.

        Keras takes the mean over each share: weights make it that over the batch, also where
        shares differ by one image. A batch of fewer images than devices is filled up with
        copies that weigh nothing.
        """
        import numpy as np

        if self.strategy is None:
            return arrays
        pixels, targets, *rest = arrays
        number = len(pixels)
        weights = rest[0] if rest else np.ones(number, np.float32)
        missing = max(0, self.count - number)
        rows = np.concatenate([np.arange(number), np.zeros(missing, np.int64)])
        weights = np.concatenate([weights, np.zeros(missing, np.float32)])
        sizes = [len(share) for share in np.array_split(rows, self.count)]
        scale = np.repeat(np.array(sizes, np.float32) * self.count / number, sizes)
        return pixels[rows], targets[rows], (weights * scale).astype(np.float32)

    def _shares(self, array: np.ndarray) -> Any:
        import numpy as np
        import tensorflow as tf

        shares = np.array_split(array, self.count)
        return self.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(shares[context.replica_id_in_sync_group])
        )


def devices() -> Devices:
    """Return all graphics cards that TensorFlow may use, or else the processor.

    CUDA_VISIBLE_DEVICES chooses among the cards.
    """
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    several = len(found) > 1
    strategy = tf.distribute.MirroredStrategy([each.name for each in found]) if several else None
    return Devices(strategy, len(found), found[0].device_type)


def refuse_several_machines() -> None:
    """Raise ModelError where TF_CONFIG names several workers: each would train on its own."""
    try:
        cluster = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {})
        workers = sum(len(cluster.get(role, ())) for role in ("chief", "worker"))
    except (ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"TF_CONFIG: not what TensorFlow expects there ({error})") from error
    if workers > 1:
        raise ModelError(
            f"TF_CONFIG names {workers} workers; a run trains on the devices of one machine",
            hint="Unset TF_CONFIG to train on this one.",
        )
