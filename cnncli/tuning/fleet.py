"""Folds in processes of their own: some at a time, stopped together, ended with this one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from cnncli.errors import Terminated
from cnncli.process import end_with

# What a process runs: the command line, once it watches whether this one is still there.
START = (
    "from cnncli.process import end_with_caller; end_with_caller()\n"
    "from cnncli.__main__ import run; run()"
)
WAIT = 0.05  # seconds between two looks at the processes
Said = Callable[[int, str], None]


@dataclass
class Fleet:
    """Processes of `cnncli`, `jobs` of them at a time.

    One at a time shows what it says itself; of several, `said` is told each line with the number
    of its process. `is_last` says of a process and its exit code whether no other is to be begun;
    `died` is told of one that a signal has ended, with its negative code.
    """

    jobs: int
    environment: Mapping[str, str]
    folder: str
    said: Said
    is_last: Callable[[int, int], bool]
    died: Callable[[int, int], None]
    running: dict[int, subprocess.Popen[str]] = field(default_factory=dict)

    def run(
        self, commands: Mapping[int, Sequence[str]], began: Callable[[int], None]
    ) -> dict[int, int]:
        """Run commands by their number, in order; return the exit codes of those that ran.

        Ctrl-C and SIGTERM are handed on to all, and raised here when they have saved and ended.
        """
        waiting, codes = dict(commands), dict[int, int]()
        try:
            while waiting or self.running:
                while waiting and len(self.running) < self.jobs:
                    number = next(iter(waiting))
                    began(number)
                    self._start(number, waiting.pop(number))
                time.sleep(WAIT)
                ended = self._ended()
                codes.update(ended)
                for number, code in ended.items():
                    if code < 0:
                        self.died(number, code)
                if any(self.is_last(*one) for one in ended.items()):
                    waiting.clear()
        except (KeyboardInterrupt, Terminated) as stop:
            self._stop(signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)
            raise
        finally:
            for process in self.running.values():
                process.kill()
        return codes

    def _start(self, number: int, words: Sequence[str]) -> None:
        alone = self.jobs == 1
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, *words],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.PIPE,  # closed with this process
            stdout=subprocess.DEVNULL,
            stderr=None if alone else subprocess.PIPE,
            text=True,
            errors="replace",
            process_group=0,  # Ctrl-C in a terminal reaches this process, which hands it on once
            preexec_fn=partial(end_with, os.getpid()),
        )
        self.running[number] = process
        if not alone:
            threading.Thread(target=self._listen, args=(number, process), daemon=True).start()

    def _listen(self, number: int, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.said(number, line.rstrip("\n"))

    def _ended(self) -> dict[int, int]:
        codes = {number: process.poll() for number, process in self.running.items()}
        done = {number: code for number, code in codes.items() if code is not None}
        for number in done:
            del self.running[number]
        return done

    def _stop(self, number: signal.Signals) -> None:
        """Hand a signal on, and wait until all have saved; a second one ends them at once."""
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
        for process in self.running.values():
            process.wait()
        self.running.clear()
