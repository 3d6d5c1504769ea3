"""Several workers on this machine: `--workers N` starts them, and waits until all have ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterable, Sequence
from types import FrameType

from cnncli.errors import CnncliError, ExitCode
from cnncli.images.parallel import processors
from cnncli.training.cluster import pair
from cnncli.training.cluster.guard import ASKED_FOR
from cnncli.training.cluster.place import Place
from cnncli.training.cluster.voice import Ear, Voice

# Seconds in which all others have ended once one has failed; once one was asked to stop, and saved.
LONGEST, LONGEST_SAVING = 15.0, 90.0
LOOKED_EVERY = 0.1
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def start(count: int) -> tuple[Place, Voice] | int:
    """Start so many workers; each gets its place, this process the exit code when all have ended.

    They share the processors of this machine. Raises, in this process, what one of them has
    handed over to be told.
    """
    addresses = tuple(f"127.0.0.1:{port}" for port in free_ports(count))
    ear = Ear()
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, processors() // count)))
    children: list[int] = []
    for index in range(count):
        child = pair.fork()
        if child == 0:
            return Place(addresses, index), ear.voice
        children.append(child)
    ear.only_listen()
    codes = _wait(children, ear)
    error = ear.heard()
    if error is not None:
        raise error
    failed = next((index for index in codes if codes[index] != ExitCode.DONE), None)
    if failed is not None and codes[failed] < 0:  # it could hand nothing over, and nobody else did
        raise _killed(Place(addresses, failed), codes[failed])
    return ExitCode.DONE if failed is None else codes[failed]


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [server.getsockname()[1] for server in servers]


def _killed(place: Place, code: int) -> CnncliError:
    return CnncliError(
        f"{place.name(place.index)} has died ({signal.Signals(-code).name})",
        hint="If its run had begun, go on from the last state: --resume RUN in place of DATA.",
    )


def _wait(children: Sequence[int], ear: Ear) -> dict[int, int]:
    """Wait for all, pass signals on to them, and return how they ended, by number, in that order.

    It is an exit code, or a signal as a negative number.
    """
    left = {child: index for index, child in enumerate(children)}
    codes: dict[int, int] = {}
    kill_at: float | None = None

    def pass_on(number: int, frame: FrameType | None) -> None:
        _send(left, number)

    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, pass_on)
    while left:
        ear.listen(LOOKED_EVERY)
        for child in list(left):
            found, status = os.waitpid(child, os.WNOHANG)
            if not found:
                continue
            code = codes[left.pop(child)] = os.waitstatus_to_exitcode(status)
            if code != ExitCode.DONE and kill_at is None:
                kill_at = time.monotonic() + (LONGEST_SAVING if code in ASKED_FOR else LONGEST)
        if kill_at is not None and time.monotonic() > kill_at:
            _send(left, signal.SIGKILL)
    return codes


def _send(children: Iterable[int], number: int) -> None:
    for child in list(children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
