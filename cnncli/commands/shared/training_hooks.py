"""What the commands about training hand to the core: notes, progress, display, pictures."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from cnncli import console
from cnncli.commands.shared.keras_session import keras
from cnncli.training.hooks import Hooks, Progress
from cnncli.training.moment import Moment

SAID_EVERY = 10.0  # seconds between two plain lines of progress


def hooks() -> Hooks:
    """Return the functions of this process's terminal."""
    from cnncli.render.pictures.confusion import draw_confusion
    from cnncli.render.pictures.curves import draw_curves
    from cnncli.render.terminal.training_display import TrainingDisplay

    return Hooks(
        note=console.note,
        warn=console.warn,
        load_keras=keras,
        progress=progress,
        display=TrainingDisplay,
        draw_curves=draw_curves,
        draw_confusion=draw_confusion,
    )


def quiet_hooks() -> Hooks:
    """Return functions that show, tell and draw nothing: those of a worker beside the chief."""
    from cnncli.network.backend import load_keras

    def nothing(*anything: object) -> None:
        pass

    return Hooks(
        note=nothing,
        warn=nothing,
        load_keras=load_keras,
        progress=lambda label: contextlib.nullcontext(nothing),
        display=_Silence,
        draw_curves=nothing,
        draw_confusion=nothing,
    )


class _Silence(contextlib.AbstractContextManager["_Silence"]):
    """A display that shows nothing."""

    def __exit__(self, *anything: object) -> None:
        pass

    def moment(self, moment: Moment) -> None:
        pass

    def epoch_done(self, *anything: object) -> None:
        pass

    def stopping(self) -> None:
        pass


@contextlib.contextmanager
def progress(label: str, unit: str = "") -> Iterator[Progress]:
    """Give a function to call with (done, all): a bar on a terminal, else a line now and then.

    All is 0 as long as it is not known; of a `unit` the bar shows the rate as well.
    """
    if console.is_lively(sys.stderr) and not console.settings.quiet:
        with _bar(label, unit) as show:
            yield show
        return
    said = time.monotonic()

    def say(done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said > SAID_EVERY:
            said = time.monotonic()
            console.note(f"{label}: {done:,}" + (f" of {total:,}" if total else ""))

    yield say


@contextlib.contextmanager
def _bar(label: str, unit: str) -> Iterator[Progress]:
    from cnncli.render.terminal.live import live
    from cnncli.render.terminal.progress_bar import ProgressBar

    bar = ProgressBar(label, unit)
    with live(bar.render):
        yield bar.show
