"""How training goes: one live display on a terminal, otherwise a plain line for each epoch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cnncli import console

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cnncli.training.loop import Moment

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN_EVERY = 30.0  # seconds between two plain lines within a long epoch
CURVE_WIDTH = 40


class TrainingDisplay:
    """An Observer of training that shows it on stderr; use it as a context."""

    def __init__(self) -> None:
        import sys

        self._live: Any = None
        self._moment: Moment | None = None
        self._began = time.monotonic()
        self._done_at_start: float | None = None
        self._said = self._began
        self._on_terminal = console.is_terminal(sys.stderr) and not console.settings.quiet

    def __enter__(self) -> TrainingDisplay:
        if self._on_terminal:
            from rich.live import Live

            self._live = Live(
                console=console.stderr(),
                refresh_per_second=8,
                get_renderable=self._render,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def moment(self, moment: Moment) -> None:
        """Show where training stands."""
        self._moment = moment
        if self._done_at_start is None:
            self._done_at_start = self._share(moment)
        if not self._on_terminal and time.monotonic() - self._said > PLAIN_EVERY:
            self._said = time.monotonic()
            console.note(
                f"epoch {moment.epoch}/{moment.epochs}, {_word(moment)} {moment.step}/"
                f"{moment.steps}: {_figures(moment.figures)}, "
                f"{moment.images_per_second:.0f} images/s"
            )

    def epoch_done(
        self, history: Sequence[Mapping[str, float]], best_epoch: int | None, epochs: int
    ) -> None:
        """Say what came of an epoch."""
        self._said = time.monotonic()
        if not self._on_terminal:
            row = history[-1]
            best = "  (best so far)" if best_epoch == row["epoch"] else ""
            figures = {name: row[name] for name in row if name != "epoch"}
            console.note(f"epoch {row['epoch']:.0f}/{epochs}: {_figures(figures)}{best}")

    def _render(self) -> RenderableType:
        from rich.text import Text

        moment = self._moment
        if moment is None:
            return Text("Preparing the first step ...")
        lines = [
            self._first_line(moment),
            f"  {_figures(moment.figures)}" if moment.phase == "train" else "  ",
            *_past(moment),
        ]
        text = Text("\n".join(line for line in lines if line.strip()))
        text.no_wrap, text.overflow = True, "ellipsis"
        return text

    def _first_line(self, moment: Moment) -> str:
        width = 20
        filled = round(width * moment.step / max(moment.steps, 1))
        bar = "━" * filled + "╌" * (width - filled)
        return (
            f"Epoch {moment.epoch}/{moment.epochs} {bar} {_word(moment)} "
            f"{moment.step}/{moment.steps}  {moment.images_per_second:.0f} images/s"
            f"  {self._left(moment)}"
        )

    def _left(self, moment: Moment) -> str:
        done, start = self._share(moment), self._done_at_start or 0.0
        spent = time.monotonic() - self._began
        if done - start < 0.005 or spent < 2:
            return ""
        seconds = round(spent * (1 - done) / (done - start))
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} left"

    @staticmethod
    def _share(moment: Moment) -> float:
        """Which part of all epochs is done; validation takes about a twentieth of an epoch."""
        step = moment.step / max(moment.steps, 1)
        within = 0.95 * step if moment.phase == "train" else 0.95 + 0.05 * step
        return (moment.epoch - 1 + within) / max(moment.epochs, 1)


def curve(values: Sequence[float]) -> str:
    """Draw the last values as a line of blocks, the highest the fullest."""
    values = values[-CURVE_WIDTH:]
    low, high = min(values), max(values)
    scale = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(BLOCKS[round((value - low) * scale)] for value in values)


def _past(moment: Moment) -> list[str]:
    if not moment.history:
        return []
    last = moment.history[-1]
    name = "val_loss" if "val_loss" in last else "loss"
    values = [row[name] for row in moment.history]
    shown = {n: v for n, v in last.items() if n not in ("epoch", "learning_rate")}
    lines = [f"  last: {_figures(shown)}"]
    if last["learning_rate"] != moment.history[0]["learning_rate"]:
        lines[0] += f"  learning_rate {last['learning_rate']:.2g}"
    if moment.best_epoch is not None and moment.best_epoch <= len(values):
        ago = moment.epoch - moment.best_epoch
        since = f"{ago} epoch{'s' if ago > 1 else ''} ago"
        lines.append(
            f"  best {name} {values[moment.best_epoch - 1]:.4f} in epoch {moment.best_epoch}"
            f" ({since})  {curve(values)}"
        )
    return lines


def _word(moment: Moment) -> str:
    return "step" if moment.phase == "train" else "validation"


def _figures(figures: Mapping[str, float]) -> str:
    shown = []
    for name, value in figures.items():
        number = f"{value:.2g}" if name == "learning_rate" else f"{value:.4f}"
        shown.append(f"{name} {number}")
    return "  ".join(shown)
