"""What the commands about training hand to the core: notes, progress, display, pictures."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from cnncli import console
from cnncli.commands.shared.keras_session import keras
from cnncli.training.hooks import Hooks, Progress

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
