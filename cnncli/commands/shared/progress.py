"""How far something long has come: a bar on a terminal, else a plain line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from cnncli import console

Progress = Callable[[int, int], None]  # how many are done, of how many
SAID_EVERY = 10.0  # seconds between two plain lines of progress


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
