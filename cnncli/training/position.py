"""How far a run has come, and the rows that its epochs leave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from cnncli.training.moment import Row
from cnncli.training.state import State


@dataclass
class Position:
    """How far a run has come: in `epoch` (from 1), `step` steps are done.

    `phase` (from 1) began with the epoch `phase_began`.
    """

    epoch: int = 1
    step: int = 0
    history: list[Row] = field(default_factory=list)
    best_epoch: int | None = None
    best_value: float | None = None
    stopped_early: bool = False
    seconds: float = 0.0
    phase: int = 1
    phase_began: int = 1

    def last_epoch(self, phases: Sequence[int]) -> int:
        """Return the last epoch of the phase, where phases have so many epochs."""
        return self.phase_began - 1 + phases[self.phase - 1]

    def is_done(self, phases: Sequence[int]) -> bool:
        """Whether nothing is left to train."""
        over = self.stopped_early or self.epoch > self.last_epoch(phases)
        return self.phase == len(phases) and over


def position_of(saved: State) -> Position:
    """Return the position that a state tells."""
    known = {each.name for each in fields(Position)}
    said = saved.facts["position"]
    return Position(**{name: value for name, value in said.items() if name in known})


def add_row(history: list[Row], row: Row) -> None:
    """Add an epoch to a history, and keep all rows of one length: a phase may measure more."""
    for each in history:
        each.update({name: math.nan for name in row if name not in each})
    missing = {name: math.nan for each in history[:1] for name in each if name not in row}
    history.append({**row, **missing})
