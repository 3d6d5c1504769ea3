"""Several workers on this machine: `--workers N` starts them, and waits until all have ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from types import FrameType

from cnncli.errors import ExitCode
from cnncli.runs.record import processors
from cnncli.training.cluster import pair
from cnncli.training.cluster.guard import ASKED_FOR
from cnncli.training.cluster.place import Place
from cnncli.training.cluster.voice import Voice

# Seconds in which all others have ended once one has failed; once one was asked to stop, and saved.
LONGEST, LONGEST_SAVING = 15.0, 90.0
LOOKED_EVERY = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def start(count: int) -> tuple[Place, Voice] | int:
    """Start so many workers; each gets its place, this process the exit code when all have ended.

    They share the processors of this machine.
    """
    addresses = tuple(f"127.0.0.1:{port}" for port in free_ports(count))
    voice = Voice.shared()
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, processors() // count)))
    children: list[int] = []
    for index in range(count):
        child = pair.fork()
        if child == 0:
            return Place(addresses, index), voice
        children.append(child)
    return _wait(children)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [server.getsockname()[1] for server in servers]


def _wait(children: list[int]) -> int:
    """Wait for all, pass signals on to them, and return the exit code of the first that failed."""
    left, failed, since = set(children), int(ExitCode.DONE), 0.0

    def pass_on(number: int, frame: FrameType | None) -> None:
        _send(left, number)

    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, pass_on)
    while left:
        time.sleep(LOOKED_EVERY)
        for child in list(left):
            found, status = os.waitpid(child, os.WNOHANG)
            if not found:
                continue
            left.discard(child)
            code = os.waitstatus_to_exitcode(status)
            if code != ExitCode.DONE and failed == ExitCode.DONE:
                failed, since = code if code > 0 else ExitCode.FAILED, time.monotonic()
        longest = LONGEST_SAVING if failed in ASKED_FOR else LONGEST
        if failed != ExitCode.DONE and time.monotonic() - since > longest:
            _send(left, signal.SIGKILL)
    return failed


def _send(children: set[int], number: int) -> None:
    for child in list(children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
