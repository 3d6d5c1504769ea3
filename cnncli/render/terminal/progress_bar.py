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
    """A label, a bar, how many of how many, and the time left; of a `unit` the rate, too.

    What goes on within one of them stands behind it. Where it is not known how many there are,
    0, there is no bar.
    """

    def __init__(self, label: str, unit: str = "") -> None:
        self.label, self._unit = label, unit
        self._done, self._total = 0, 0
        self._within = ""
        self._began = time.monotonic()

    def show(self, done: int, total: int, within: str = "") -> None:
        """Take how far it has come, and what goes on within one of them."""
        self._done, self._total, self._within = done, total, within

    def render(self) -> RenderableType:
        """Return the line as it is now."""
        from rich.text import Text

        parts = [self.label, "..."]
        if self._total:
            filled = round(BLOCKS * min(1.0, self._done / self._total))
            bar = "━" * filled + "╌" * (BLOCKS - filled)
            parts = [self.label, bar, f"{self._done:,}/{self._total:,}{self._pace()}"]
        elif self._done:
            parts = [self.label, f"{self._done:,}{self._pace()}"]
        if self._within:
            parts.append(f" {self._within}")
        return Text(" ".join(parts), no_wrap=True, overflow="ellipsis")

    def _pace(self) -> str:
        spent = time.monotonic() - self._began
        if not self._done or spent < LEFT_AFTER:
            return ""
        rate = f"  {self._done / spent:,.0f} {self._unit}/s" if self._unit else ""
        left = spent * max(0, self._total - self._done) / self._done
        return rate + (f"  {duration(left)} left" if self._total else "")
