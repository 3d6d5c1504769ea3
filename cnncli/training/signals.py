"""Stopping at the next batch: what Ctrl-C and SIGTERM mean while a network trains."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType

from cnncli.errors import ExitCode

STOPPING = (signal.SIGINT, signal.SIGTERM)
EXIT_CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


class Stopped(BaseException):
    """Training was asked to stop and its state is on disk; no `except Exception` catches it."""

    def __init__(
        self, exit_code: ExitCode, epoch: int, step: int, phase: int | None = None
    ) -> None:
        super().__init__(f"stopped in epoch {epoch}, step {step}")
        self.exit_code = exit_code
        self.epoch = epoch
        self.step = step
        self.phase = phase  # where there are several


class StopRequest:
    """Within the block, the first signal is only noted; a second one ends the process at once.

    `tell` is called when the first one comes. A signal that is ignored when the process begins
    (Ctrl-C under nohup, or in the background of a script) stays so. Outside the main thread
    signals cannot be handled; then nothing is ever requested.
    """

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self.received: signal.Signals | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> StopRequest:
        try:
            for number in STOPPING:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._note)
        except ValueError:
            self._before.clear()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        for stopping in self._before:
            signal.signal(stopping, signal.SIG_DFL)
        self._tell()
