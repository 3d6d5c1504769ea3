"""Trials in processes of their own, which begin with TensorFlow loaded and give all memory back.

On Linux one process, the nursery, imports TensorFlow and runs nothing of it; each trial is a fork
of it, and takes half of the time of a process that imports it again. A fork of a process in which
TensorFlow has run would hang. Elsewhere, where forks of what is linked into Python are not safe,
each trial is a process that begins anew.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn, Protocol

from cnncli.errors import CnncliError
from cnncli.process import end_with
from cnncli.tuning.fleet import START

_SERVE = (
    "from cnncli.tuning.nursery import serve\n"
    "from cnncli.__main__ import run\n"
    "import cnncli.commands.train, cnncli.cli, cnncli.training.job\n"
    "serve({descriptor}, run)"
)


class Workers(Protocol):
    """Processes of the command line, by the number of their trial."""

    def start(self, number: int, words: Sequence[str], said: Path) -> None:
        """Begin a command; what it says on stderr is added to the file `said`."""

    def send(self, number: int, signum: signal.Signals) -> None:
        """Send a signal; one that comes too late goes nowhere."""

    def ended(self) -> dict[int, int]:
        """Return the exit codes of those that have ended since; negative for a signal."""

    def close(self) -> None:
        """Kill what still runs."""


def workers(environment: Mapping[str, str], folder: str) -> Workers:
    """Return the fastest workers that this system allows, which run in `folder`."""
    kind = Nursery if sys.platform == "linux" else Processes
    return kind(environment, folder)


class Nursery:
    """One process that has imported TensorFlow, and forks for each trial."""

    def __init__(self, environment: Mapping[str, str], folder: str) -> None:
        self._line, theirs = Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _SERVE.format(descriptor=theirs.fileno())],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            process_group=0,  # Ctrl-C in a terminal reaches the one that hands it on
            preexec_fn=partial(end_with, os.getpid()),
        )
        theirs.close()

    def start(self, number: int, words: Sequence[str], said: Path) -> None:
        self._tell(("start", number, list(words), str(said.absolute())))

    def send(self, number: int, signum: signal.Signals) -> None:
        self._tell(("send", number, int(signum)))

    def ended(self) -> dict[int, int]:
        found = {}
        try:
            while self._line.poll():
                number, code = self._line.recv()
                found[number] = code
        except (EOFError, ConnectionError):
            raise self._gone() from None
        return found

    def close(self) -> None:
        self._line.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _tell(self, order: tuple[object, ...]) -> None:
        try:
            self._line.send(order)
        except OSError:
            raise self._gone() from None

    def _gone(self) -> CnncliError:
        code = self.process.wait()
        return CnncliError(
            f"the process that begins trials has ended (exit code {code}), as happens when memory "
            "runs out"
        )


def serve(descriptor: int, run: Callable[[], None]) -> NoReturn:
    """Import TensorFlow, and fork to `run` the command lines that are asked for.

    Ends with the one that asks, and all that still runs with it.
    """
    from cnncli.network.backend import load_keras

    with contextlib.suppress(CnncliError):  # which every trial will say, then
        load_keras()
    line, running = Connection(descriptor), dict[int, int]()
    try:
        while True:
            if line.poll(0.05):
                _obey(line, line.recv(), running, run)
            for number, code in _reaped(running).items():
                line.send((number, code))
    except (EOFError, ConnectionError):
        for process in running.values():
            os.kill(process, signal.SIGKILL)
        os._exit(0)


def _obey(
    line: Connection, order: tuple[object, ...], running: dict[int, int], run: Callable[[], None]
) -> None:
    match order:
        case ("start", int(number), list(words), str(said)):
            running[number] = _forked(line, words, said, run)
        case ("send", int(number), int(signum)) if number in running:
            os.kill(running[number], signum)


def _forked(line: Connection, words: list[str], said: str, run: Callable[[], None]) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    end_with(parent)
    line.close()
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(output, 2)
    os.close(output)
    sys.argv = ["cnncli", *words]
    run()
    os._exit(0)


def _reaped(running: dict[int, int]) -> dict[int, int]:
    codes = {}
    for number, process in list(running.items()):
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            del running[number]
            codes[number] = os.waitstatus_to_exitcode(status)
    return codes


@dataclass
class Processes:
    """A process that begins anew for each trial."""

    environment: Mapping[str, str]
    folder: str
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, number: int, words: Sequence[str], said: Path) -> None:
        with said.open("ab") as output:
            self.running[number] = subprocess.Popen(
                [sys.executable, "-P", "-c", START, *words],
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.PIPE,  # closed with this process
                stdout=subprocess.DEVNULL,
                stderr=output,
                process_group=0,
                preexec_fn=partial(end_with, os.getpid()),
            )

    def send(self, number: int, signum: signal.Signals) -> None:
        if number in self.running:
            with contextlib.suppress(ProcessLookupError):
                self.running[number].send_signal(signum)

    def ended(self) -> dict[int, int]:
        codes = {number: process.poll() for number, process in self.running.items()}
        done = {number: code for number, code in codes.items() if code is not None}
        for number in done:
            del self.running[number]
        return done

    def close(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
