"""A few lines that change while something is under way, on a terminal of any size.

Rich's own display takes the lines for as high as it drew them. A terminal that is made narrower
breaks them into more, of which Rich leaves some standing; here they are counted anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.live import Live
from rich.live_render import LiveRender
from rich.segment import Segment

from cnncli import console

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.control import Control


def live(render: Callable[[], RenderableType]) -> Live:
    """Return a context that shows on stderr what `render` returns, and wipes it out at its end."""
    return _Live(console.stderr(), render)


class _Live(Live):
    def __init__(self, terminal: Console, render: Callable[[], RenderableType]) -> None:
        # Rich would send to the terminal what is printed meanwhile for a file or a pipe.
        super().__init__(
            console=terminal,
            refresh_per_second=4,
            get_renderable=render,
            transient=True,
            redirect_stdout=console.is_terminal(sys.stdout),
        )
        self._live_render = _Reflowing(terminal, render())

    def start(self, refresh: bool = False) -> None:
        super().start(refresh)
        # Whatever becomes of this process (kill -9, a second Ctrl-C), the cursor is there.
        self.console.show_cursor(True)


class _Reflowing(LiveRender):
    """Knows how many rows its lines take, in the terminal as it is now."""

    def __init__(self, terminal: Console, renderable: RenderableType) -> None:
        super().__init__(renderable)
        self._terminal = terminal
        self._lengths: Sequence[int] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        drawn = super().__rich_console__(console, options)
        segments = [each for each in drawn if isinstance(each, Segment)]
        self._lengths = [Segment.get_line_length(line) for line in Segment.split_lines(segments)]
        yield from segments

    def position_cursor(self) -> Control:
        self._measure()
        return super().position_cursor()

    def restore_cursor(self) -> Control:
        self._measure()
        return super().restore_cursor()

    def _measure(self) -> None:
        width = max(self._terminal.width, 1)
        if self._shape is not None:
            rows = sum(max(1, -(-length // width)) for length in self._lengths)
            self._shape = (self._shape[0], rows)
