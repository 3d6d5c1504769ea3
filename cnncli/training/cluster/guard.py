"""The process that watches over the one that trains: it sees who dies, here and elsewhere.

TensorFlow's own calls may wait for a worker that has gone with no end, and no signal reaches
Python meanwhile. So each worker is two processes: this one loads nothing, keeps a line to the
chief's (the chief's to all), and ends the other one when any worker has died or stands still.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from cnncli.errors import ExitCode
from cnncli.training.cluster import lines
from cnncli.training.cluster.lines import Broken, Inbox
from cnncli.training.cluster.meeting import Met

BEAT = 2.0  # seconds between two signs of life
SILENT = 25.0  # seconds without one, and a worker counts as lost
STOPPED = 5.0  # seconds that the process beside this one may be stopped
GRACE = 5.0  # seconds in which a worker ends by itself after another one's error
SAVING = 60.0  # seconds in which it ends by itself where training was asked to stop
LOOKED_EVERY = 0.25
SIGNALS = (signal.SIGINT, signal.SIGTERM)
ASKED_FOR = (ExitCode.INTERRUPTED, ExitCode.TERMINATED)


class Guard:
    """Watches over the process `child` of this worker, and over the other workers.

    `told` is a pipe on which that process says where its run stands. `lost` is called, once, with
    what has happened to which worker and the run to go on with, if there is one by now.
    """

    def __init__(
        self, met: Met, child: int, told: int, lost: Callable[[str, str | None], None]
    ) -> None:
        self.place, self.watch, self.child = met.place, dict(met.watch), child
        self._told, self._lost = told, lost
        self._inboxes = {index: Inbox(line) for index, line in met.watch.items()}
        now = time.monotonic()
        self._heard = dict.fromkeys(met.watch, now)
        self._beat_at = self._looked_at = now
        self._stopped_at: float | None = None
        self._ended: int | None = None  # the exit code of the child
        self._must_end_by: float | None = None
        self._because: str | None = None
        self._passed_on = False
        self._code: int | None = None  # what another worker ended with
        self.run: str | None = None

    def watch_over(self) -> int:
        """Watch until the child has ended, and return the exit code of this worker."""
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._pass_on)
        while self._ended is None:
            self._listen()
            self._look_at_child()
            self._look_at_others()
        self._listen(wait=0.0)
        if self._because is not None:
            self._lost(self._because, self.run)
        return self._ended if self._code is None else self._code

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._passed_on = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, number)

    def _listen(self, wait: float = LOOKED_EVERY) -> None:
        by_line = {line: index for index, line in self.watch.items()}
        sources: list[Any] = [*by_line, *([self._told] if self._told >= 0 else [])]
        ready, _, _ = select.select(sources, [], [], wait)
        for source in ready:
            if source == self._told:
                self._hear_child()
            elif by_line[source] in self.watch:
                self._hear(by_line[source])

    def _hear_child(self) -> None:
        said = os.read(self._told, 65536)
        if not said:
            self._told = -1
            return
        self.run = os.fsdecode(said)
        self._send({"run": self.run})

    def _hear(self, index: int) -> None:
        try:
            messages = self._inboxes[index].read()
        except Broken:
            self.watch.pop(index)
            self._take(index, {"lost": index, "how": "has died"})
            return
        self._heard[index] = time.monotonic()
        for message in messages:
            self._take(index, message)

    def _take(self, sender: int, message: dict[str, Any]) -> None:
        """Act on what a worker says, and pass it on where this is the chief."""
        if "run" in message:
            self.run = message["run"]
        elif "ended" in message:
            self._another_ended(message["ended"], message["code"])
            if message["ended"] == sender:
                self.watch.pop(sender, None)
        elif "lost" in message:
            self._another_lost(message["lost"], message["how"])

    def _another_ended(self, index: int, code: int) -> None:
        if code == ExitCode.DONE or self._must_end_by is not None or self._ended is not None:
            return
        self._send({"ended": index, "code": code})
        self._code = code
        asked_for = code in ASKED_FOR
        self._must_end_by = time.monotonic() + (SAVING if asked_for else GRACE)
        if not asked_for:
            self._because = f"{self.place.name(index)} has ended with an error, which it tells"
        elif not self._passed_on:
            self._pass_on(code - 128, None)

    def _another_lost(self, index: int, how: str) -> None:
        if self._code is not None or self._ended is not None:
            return
        self._send({"lost": index, "how": how})
        self._code = ExitCode.FAILED
        self._because = f"{self.place.name(index)} {how}"
        self._kill()

    def _look_at_child(self) -> None:
        found, status = os.waitpid(self.child, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
        if found and os.WIFSTOPPED(status):
            self._stopped_at = time.monotonic()
        elif found and os.WIFCONTINUED(status):
            self._stopped_at = None
        elif found:
            self._child_ended(os.waitstatus_to_exitcode(status))
        if self._stopped_at is not None and time.monotonic() - self._stopped_at > STOPPED:
            self._stopped_at = None
            self._another_lost(self.place.index, "stood still (it was stopped by a signal)")

    def _child_ended(self, code: int) -> None:
        self._ended = code
        if code >= 0 or self._code is not None:
            self._send({"ended": self.place.index, "code": self._code or code})
        elif -code in SIGNALS:
            self._ended = 128 - code
            self._send({"ended": self.place.index, "code": self._ended})
        else:
            how = f"has died ({signal.Signals(-code).name})"
            self._ended = self._code = ExitCode.FAILED
            self._because = f"{self.place.name(self.place.index)} {how}"
            self._send({"lost": self.place.index, "how": how})

    def _look_at_others(self) -> None:
        now = time.monotonic()
        if now - self._looked_at > SILENT / 2:  # this process stood still itself: look again
            self._heard = dict.fromkeys(self._heard, now)
        self._looked_at = now
        if now - self._beat_at > BEAT:
            self._beat_at = now
            self._send({"alive": self.place.index})
        for index in list(self.watch):
            if now - self._heard[index] > SILENT:
                self._another_lost(index, f"has given no sign of life for {SILENT:g} s")
        if self._must_end_by is not None and now > self._must_end_by:
            self._kill()

    def _send(self, message: dict[str, Any]) -> None:
        for line in list(self.watch.values()):
            with contextlib.suppress(Broken):  # its end is heard when it is read
                lines.send(line, message)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
