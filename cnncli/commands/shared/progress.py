"""How far something long has come: a bar on a terminal, else a plain line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from cnncli import console

Progress = Callable[[int, int], None]  # how many are done, of how many
SAID_EVERY = 10.0  # seconds between two plain lines of progress


class Shown:
    """A function to call with (done, all), which can tell what goes on within one of them."""

    def __init__(self, show: Callable[[int, int, str], None]) -> None:
        self._show = show
        self._at = 0, 0

    def __call__(self, done: int, total: int) -> None:
        self._at = done, total
        self._show(done, total, "")

    def within(self, work: str, done: int, total: int) -> None:
        """Tell what is done now, and how far it has come, if a total is known."""
        self._show(*self._at, f"{100 * done // total} % of {work}" if total else work)


@contextlib.contextmanager
def progress(label: str, unit: str = "") -> Iterator[Shown]:
    """Give a function to call with (done, all): a bar on a terminal, else a line now and then.

    All is 0 as long as it is not known; of a `unit` the bar shows the rate as well.
    """
    if console.is_lively(sys.stderr) and not console.settings.quiet:
        with _bar(label, unit) as show:
            yield show
        return
    said = time.monotonic()

    def say(done: int, total: int, within: str) -> None:
        nonlocal said
        if time.monotonic() - said > SAID_EVERY:
            said = time.monotonic()
            of = f" of {total:,}" if total else ""
            console.note(f"{label}: {done:,}{of}{f' ({within})' if within else ''}")

    yield Shown(say)


@contextlib.contextmanager
def _bar(label: str, unit: str) -> Iterator[Shown]:
    from cnncli.render.terminal.live import live
    from cnncli.render.terminal.progress_bar import ProgressBar

    bar = ProgressBar(label, unit)
    with live(bar.render):
        yield Shown(bar.show)
