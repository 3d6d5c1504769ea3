"""How far something has come, as one line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cnncli.render.terminal.units import duration

if TYPE_CHECKING:
    from rich.console import RenderableType

BLOCKS = 14
LEFT_AFTER = 2.0  # seconds after which the time that is left can be told


class ProgressBar:
    """A label, a bar, how many of how many, and the time left."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._done, self._total = 0, 0
        self._began = time.monotonic()

    def show(self, done: int, total: int) -> None:
        """Take how far it has come."""
        self._done, self._total = done, total

    def render(self) -> RenderableType:
        """Return the line as it is now."""
        from rich.text import Text

        parts = [self.label, "..."]
        if self._total:
            filled = round(BLOCKS * self._done / self._total)
            bar = "━" * filled + "╌" * (BLOCKS - filled)
            parts = [self.label, bar, f"{self._done:,}/{self._total:,}{self._left()}"]
        return Text(" ".join(parts), no_wrap=True, overflow="ellipsis")

    def _left(self) -> str:
        spent = time.monotonic() - self._began
        if not self._done or spent < LEFT_AFTER:
            return ""
        return f"  {duration(spent * (self._total - self._done) / self._done)} left"
