"""Where a network trains: one processor or graphics card, or several that share each batch.

Several keep the same weights (TensorFlow's MirroredStrategy). Each image counts as it does on one
device, so that a run comes to the same weights but for the last bits.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import UsageError
from cnncli.training import state
from cnncli.training.agreement import Agreement, Alone
from cnncli.training.cluster.place import here
from cnncli.training.state import State
from cnncli.words import devices_in_words

if TYPE_CHECKING:
    import numpy as np

GPU = "GPU"  # what TensorFlow calls graphics cards


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

    @property
    def words(self) -> str:
        """How they are spoken of: 2 GPUs."""
        return devices_in_words(str(self))

    def scope(self) -> AbstractContextManager[Any]:
        """Return the context in which model, optimizer and metrics are made."""
        return contextlib.nullcontext() if self.strategy is None else self.strategy.scope()

    @property
    def writes(self) -> bool:
        """Whether this process writes the run, prints and draws: one of several workers does."""
        return self.first == 0

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of what each process has; here there is one."""
        return values

    def agreement(self) -> Agreement:
        """Return how it is decided what happens after a step."""
        return Alone()

    def shared(self, file: Path) -> State | None:
        """Return the state of a run, which one process has; None where there is none yet."""
        return state.read(file)

    def spread(self, variables: Sequence[Any]) -> None:
        """Give the variables of all processes the values that they have in the one that writes."""


def devices() -> Devices:
    """Return all graphics cards that TensorFlow may use, or else the processor.

    CUDA_VISIBLE_DEVICES chooses among the cards.
    """
    import tensorflow as tf

    found = tf.config.list_logical_devices(GPU) or tf.config.list_logical_devices("CPU")
    several = len(found) > 1
    strategy = tf.distribute.MirroredStrategy([each.name for each in found]) if several else None
    return Devices(strategy, len(found), found[0].device_type, own=len(found))


def refuse_several_machines() -> None:
    """Raise UsageError where this process is one of several workers: each would train on its own.

    For what trains more than one network; `train` joins the others.
    """
    place = here(os.environ)
    if place is not None:
        raise UsageError(
            f"TF_CONFIG or Slurm name {place.count} workers, and only `cnncli train` knows several",
            hint="Unset TF_CONFIG, or leave out srun, to go on here alone.",
        )
