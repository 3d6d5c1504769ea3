"""How training goes: one live display on a terminal, otherwise a plain line for each epoch."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cnncli import console
from cnncli.render.terminal.units import duration
from cnncli.runs.record import PLACES

if TYPE_CHECKING:
    from rich.console import RenderableType

    from cnncli.training.moment import Moment

BLOCKS = "▁▂▃▄▅▆▇█"
PLAIN_EVERY = 30.0  # seconds between two plain lines within a long epoch
# In characters. All lines stay under 50, so that a terminal that is made narrower while a network
# trains need not break them.
BAR_WIDTH, COLUMN_WIDTH, CURVE_WIDTH = 14, 11, 24
EPOCHS_LEFT = 20  # rows of the table that stays on the terminal, beside the best and the last epoch
VALIDATION_SHARE = 0.05  # of an epoch's time, about


class TrainingDisplay:
    """An Observer of training that shows it on stderr; use it as a context."""

    def __init__(self) -> None:
        import sys

        self._live: Any = None
        self._moment: Moment | None = None
        # The figures of the epoch under way; None for those that are not known yet.
        self._now: dict[str, float | None] = {}
        # When the first step was done, and which share of all epochs was done then.
        self._began: tuple[float, float] | None = None
        self._stopping = False
        self._history: Sequence[Mapping[str, float]] = ()
        self._best: int | None = None
        self._said = time.monotonic()
        self._on_terminal = console.is_lively(sys.stderr) and not console.settings.quiet

    def __enter__(self) -> TrainingDisplay:
        if self._on_terminal:
            from cnncli.render.terminal.live import live

            self._live = live(self._render)
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
            for line in epoch_table(self._history, self._best):
                console.note(line)

    def moment(self, moment: Moment) -> None:
        """Show where training stands."""
        if self._moment is None or self._moment.epoch != moment.epoch:
            self._now = {}
        prefix = "val_" if moment.phase == "validate" else ""
        self._now |= {f"{prefix}{name}": value for name, value in _known(moment).items()}
        self._moment = moment
        if self._began is None:
            self._began = time.monotonic(), _share(moment)
        if not self._on_terminal and time.monotonic() - self._said > PLAIN_EVERY:
            self._said = time.monotonic()
            console.note(
                f"epoch {moment.epoch}/{moment.epochs}, {_word(moment)} {moment.step}/"
                f"{moment.steps}{_behind(moment)}"
            )

    def epoch_done(
        self, history: Sequence[Mapping[str, float]], best_epoch: int | None, epochs: int
    ) -> None:
        """Say what came of an epoch."""
        self._said = time.monotonic()
        self._history, self._best = tuple(history), best_epoch
        if not self._on_terminal:
            row = history[-1]
            best = "  (best so far)" if best_epoch == row["epoch"] else ""
            figures = {name: row[name] for name in row if name not in PLACES}
            console.note(f"epoch {row['epoch']:.0f}/{epochs}: {_figures(figures)}{best}")

    def stopping(self) -> None:
        """Show that training stops behind the step under way."""
        self._stopping = True

    def _render(self) -> RenderableType:
        from rich.text import Text

        moment = self._moment
        if moment is None:
            return Text("Preparing the first step ...")
        filled = round(BAR_WIDTH * moment.step / max(moment.steps, 1))
        bar = "━" * filled + "╌" * (BAR_WIDTH - filled)
        lines = [
            f"Epoch {moment.epoch}/{moment.epochs} {bar} {_word(moment)} "
            f"{moment.step}/{moment.steps}",
            f"  {self._pace(moment)}",
            *_table(self._now, moment),
            *_best(moment),
        ]
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")

    def _pace(self, moment: Moment) -> str:
        if self._stopping:
            return "Stopping ... (Ctrl-C again: at once)"
        said = [f"{moment.images_per_second:.0f} images/s"] if moment.images_per_second else []
        began, share = self._began or (0.0, 0.0)
        spent, done = time.monotonic() - began, _share(moment) - share
        if done > 0.005 and spent > 2:
            said.append(f"{duration(spent * (1 - share - done) / done)} left")
        return ", ".join(said)


def curve(values: Sequence[float]) -> str:
    """Draw values as a line of blocks, the highest the fullest."""
    low, high = min(values), max(values)
    scale = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(BLOCKS[round((value - low) * scale)] for value in values)


def epoch_table(history: Sequence[Mapping[str, float]], best: int | None) -> list[str]:
    """Return a line for each epoch, of many of them for EPOCHS_LEFT, the best and the last one."""
    if not history:
        return []
    step = -(-len(history) // EPOCHS_LEFT)
    last = len(history) - 1
    shown = [n for n, row in enumerate(history) if n % step == 0 or n == last or n + 1 == best]
    names = [name for name in history[0] if name not in PLACES]
    if len({row["learning_rate"] for row in history}) == 1:
        names.remove("learning_rate")
    widths = [max(len(name), 8) + 2 for name in names]
    lines = ["epoch" + "".join(f"{n:>{w}}" for n, w in zip(names, widths, strict=True))]
    for number in shown:
        row = history[number]
        cells = (f"{_number(n, row[n]):>{w}}" for n, w in zip(names, widths, strict=True))
        lines.append(f"{number + 1:>5}{''.join(cells)}{'  best' if number + 1 == best else ''}")
    return lines


def _table(now: Mapping[str, float | None], moment: Moment) -> list[str]:
    """Return a line for each figure: now, in the last epoch, in the best one."""
    columns: list[tuple[str, Mapping[str, float | None]]] = [("now", now)]
    history, best = moment.history, moment.best_epoch
    if history:
        columns.append((f"epoch {len(history)}", history[-1]))
    if best is not None and best <= len(history):
        columns.append((f"best: {best}", history[best - 1]))
    names = [name for name in columns[min(1, len(history))][1] if name not in PLACES]
    if history and history[-1]["learning_rate"] == history[0]["learning_rate"]:
        names.remove("learning_rate")
    width = max(map(len, names))
    lines = [" " * (width + 2) + "".join(f"{title:>{COLUMN_WIDTH}}" for title, _ in columns)]
    for name in names:
        values = (f"{_number(name, row.get(name)):>{COLUMN_WIDTH}}" for _, row in columns)
        lines.append(f"  {name:<{width}}{''.join(values)}")
    return lines


def _best(moment: Moment) -> list[str]:
    """Say since when the best epoch is the best, beside the curve of what tells it."""
    if moment.best_epoch is None or moment.best_epoch > len(moment.history):
        return []
    name = "val_loss" if "val_loss" in moment.history[-1] else "loss"
    values = [row[name] for row in moment.history][-CURVE_WIDTH:]
    ago = moment.epoch - moment.best_epoch
    return [f"  {name} {curve(values)} best {ago} epoch{'s' if ago > 1 else ''} ago"]


def _share(moment: Moment) -> float:
    """Which part of all epochs is done."""
    step = moment.step / max(moment.steps, 1)
    trained = 1 - VALIDATION_SHARE
    if moment.phase == "features":
        step = 0.0
    within = trained + VALIDATION_SHARE * step if moment.phase == "validate" else trained * step
    return (moment.epoch - 1 + within) / max(moment.epochs, 1)


def _word(moment: Moment) -> str:
    return {"train": "step", "features": "frozen layers: image"}.get(moment.phase, "validation")


def _known(moment: Moment) -> Mapping[str, float | None]:
    """Return the figures of a moment: None while nothing is trained or validated."""
    none_yet = moment.phase == "features"
    return {name: None if none_yet else value for name, value in moment.figures.items()}


def _behind(moment: Moment) -> str:
    """Return the end of a plain line on a moment; what is not known yet is not said."""
    if moment.phase == "features":
        return ""
    return f": {_figures(moment.figures)}, {moment.images_per_second:.0f} images/s"


def _figures(figures: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {_number(name, value)}" for name, value in figures.items())


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2g}" if name == "learning_rate" else f"{value:.4f}"
