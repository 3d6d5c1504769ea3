"""What training is handed to show and draw: the core prints nothing and draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cnncli.training.moment import Moment

Progress = Callable[[int, int], None]  # how many are done, of how many


class Display(Protocol):
    """What shows training while it runs."""

    def moment(self, moment: Moment) -> None:
        """Take where training stands, a few times a second."""

    def epoch_done(
        self, history: Sequence[Mapping[str, float]], best_epoch: int | None, epochs: int
    ) -> None:
        """Take what came of an epoch: the last row of `history`."""

    def stopping(self) -> None:
        """Take that a signal asks to stop, which happens behind the step under way."""


@dataclass(frozen=True)
class Hooks:
    """Functions of the command that calls."""

    note: Callable[[str], None]
    warn: Callable[[str], None]
    load_keras: Callable[[], object]
    progress: Callable[[str], AbstractContextManager[Progress]]
    display: Callable[[], AbstractContextManager[Display]]
    draw_curves: Callable[[Sequence[Mapping[str, float]], int | None, Path], None]
    draw_confusion: Callable[[Sequence[Sequence[int]], Sequence[str], str, Path], None]
