"""The weights of the best epoch, held until they are written: not after every short epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnncli.training import state

if TYPE_CHECKING:
    import numpy as np

OFTEN = 2.0  # seconds between two states, and two best models, where epochs are short


class BestWeights:
    """Those of an epoch that is not written yet, if there is one."""

    def __init__(self) -> None:
        self._held: list[np.ndarray] | None = None
        self._written_at = -OFTEN

    def hold(self, model: Any, save: Callable[[], None]) -> None:
        """Take the weights as they are now; `save` writes those that the model has."""
        self._model, self._save = model, save
        self._held = [variable.numpy() for variable in model.weights]

    @property
    def is_due(self) -> bool:
        return time.monotonic() - self._written_at >= OFTEN

    def write(self) -> None:
        """Write the best model where it is not written yet."""
        if self._held is None:
            return
        now = [variable.numpy() for variable in self._model.weights]
        state.assign(self._model.weights, self._held)
        self._save()
        state.assign(self._model.weights, now)
        self._held, self._written_at = None, time.monotonic()
