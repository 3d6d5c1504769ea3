"""Where a network trains: one processor or graphics card, or several that share each batch.

Several keep the same weights (TensorFlow's MirroredStrategy). Each image counts as it does on one
device, so that a run comes to the same weights but for the last bits.
"""

from __future__ import annotations

import contextlib
import json
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Devices:
    """The devices that train together; `strategy` is None for a single one.

    `kind` is what TensorFlow calls them: CPU or GPU. `own` of them are of this process, from the
    one with the number `first` on.
    """

    strategy: Any
    count: int
    kind: str
    first: int = 0
    own: int = 1

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which model, optimizer and metrics are made."""
        return contextlib.nullcontext() if self.strategy is None else self.strategy.scope()

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of what each process has; here there is one."""
        return values


def devices() -> Devices:
    """Return all graphics cards that TensorFlow may use, or else the processor.

    CUDA_VISIBLE_DEVICES chooses among the cards.
    """
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    several = len(found) > 1
    strategy = tf.distribute.MirroredStrategy([each.name for each in found]) if several else None
    return Devices(strategy, len(found), found[0].device_type, own=len(found))


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
