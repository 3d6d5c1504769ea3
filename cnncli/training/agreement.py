"""What is to happen after a step: stop, save, show. Workers must do the same at the same step.

To read a metric is work of all workers together: one that shows its figures by its own clock would
wait for the others, and they would take what it sends for a part of their next step.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

ASKED_EVERY = 0.25  # seconds between two agreements of workers, about
MOST_STEPS = 1000


@dataclass(frozen=True)
class Asked:
    """What a process wants to be done after a step; `stop` is the signal that asked for it."""

    stop: signal.Signals | None = None
    save: bool = False
    show: bool = False


class Agreement(Protocol):
    """How the wishes of processes become what all of them do."""

    def after(self, ask: Callable[[], Asked], *, last: bool) -> Asked:
        """Return what is to be done after the step that has just ended, the `last` of a phase."""
        ...


class Alone:
    """One process does what it wants."""

    def after(self, ask: Callable[[], Asked], *, last: bool) -> Asked:
        asked = ask()
        return Asked(asked.stop, asked.save, asked.show or last)


class AgreementOfWorkers:
    """Workers sum up what they want, after steps whose number they have agreed on before.

    `total` returns the sum of what each has. When to save and to show is the chief's affair; a
    signal that any of them got counts.
    """

    def __init__(self, total: Callable[[np.ndarray], np.ndarray], *, is_chief: bool) -> None:
        self._total, self._is_chief = total, is_chief
        self._steps = self._due = 1  # between agreements; until the next one
        self._since = time.monotonic()

    def after(self, ask: Callable[[], Asked], *, last: bool) -> Asked:
        self._due -= 1
        if self._due > 0 and not last:
            return Asked()
        import numpy as np

        asked = ask()
        chief = [asked.save, asked.show, self._next()] if self._is_chief else [0, 0, 0]
        signals = [asked.stop == signal.SIGINT, asked.stop == signal.SIGTERM]
        said = self._total(np.array([*signals, *chief], np.float32))
        self._steps = self._due = int(said[4])
        stop = signal.SIGINT if said[0] else signal.SIGTERM if said[1] else None
        return Asked(stop, bool(said[2]), bool(said[3]) or last)

    def _next(self) -> int:
        """Return after how many steps to ask again, by how long the last ones took."""
        now = time.monotonic()
        seconds = max(now - self._since, 1e-6) / max(self._steps - self._due, 1)
        self._since = now
        return max(1, min(MOST_STEPS, int(ASKED_EVERY / seconds)))
