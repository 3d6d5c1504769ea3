"""Commands in real processes of their own, which can be paused and killed: see fork_server.py."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Longer than anything takes on the slowest machine, shorter than the bound of a test.
LONGEST = 280.0


class Gone(Exception):
    """The server of processes has crashed; the next process gets a new one."""


class Process:
    """A command under way in a forked process; the thread of its server tells what it hears."""

    def __init__(self, server: Server, job: int, output: Path) -> None:
        self._server, self._job, self.output = server, job, output
        self.code: int | None = None
        self.paused = False

    def send(self, number: int) -> None:
        """Send a signal; one that comes too late goes nowhere."""
        self._server.send({"job": self._job, "signal": int(number)})

    def wait(self) -> int:
        """Return the exit code, negative for a signal."""
        self._server.wait_until(lambda: self.code is not None, self)
        assert self.code is not None
        return self.code

    def wait_for_pause(self) -> bool:
        """Wait until the process stands where `pause` said; False where it ended before."""
        self._server.wait_until(lambda: self.paused or self.code is not None, self)
        return self.code is None

    def end(self) -> None:
        """Kill it where it still runs; one whose server has gone is nobody's to kill."""
        if self.code is None and not self._server.gone:
            with contextlib.suppress(Gone):
                self.send(signal.SIGKILL)
                self.wait()

    def go_on(self) -> None:
        self.send(signal.SIGCONT)

    def wait_for(self, path: Path) -> None:
        """Wait until a file stands there."""
        end = time.monotonic() + LONGEST
        while not path.exists():
            said = f"{path} did not come: {self.output.read_text()}"
            assert time.monotonic() < end and self.code is None, said
            time.sleep(0.002)


class Server:
    """One server of processes; a thread listens to it."""

    def __init__(self, environment: dict[str, str], *, bare: bool) -> None:
        script = Path(__file__).with_name("fork_server.py")
        self.program = subprocess.Popen(
            [sys.executable, str(script), *(["--bare"] if bare else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.processes: dict[int, Process] = {}
        self.ready = self.gone = False
        self._news = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.program.stdout is not None
        for line in self.program.stdout:
            said = json.loads(line)
            with self._news:
                self.ready = self.ready or "ready" in said
                if process := self.processes.get(said.get("job")):
                    process.code = said.get("code", process.code)
                    process.paused = process.paused or "paused" in said
                self._news.notify_all()
        with self._news:
            self.gone = True
            self._news.notify_all()

    def send(self, job: dict[str, Any]) -> None:
        assert self.program.stdin is not None
        try:
            self.program.stdin.write(json.dumps(job) + "\n")
            self.program.stdin.flush()
        except OSError as error:
            self.gone = True
            raise Gone from error

    def wait_until(self, happened: Callable[[], bool], process: Process | None = None) -> None:
        with self._news:
            done = self._news.wait_for(lambda: happened() or self.gone, LONGEST)
            output = process.output.read_text() if process else ""
            assert done, f"nothing was heard for {LONGEST:.0f} s: {output}"
            if not happened():
                raise Gone(f"the server of processes ended with {self.program.wait()}: {output}")

    def end(self) -> None:
        """Let the server go, and with it what still runs."""
        assert self.program.stdin is not None
        self.gone = True
        with contextlib.suppress(OSError):  # it has gone already
            self.program.stdin.close()
        try:
            self.program.wait(10)
        except subprocess.TimeoutExpired:
            self.program.kill()
            self.program.wait()


class Forker:
    """Start commands in real processes; a server that has crashed is followed by a new one."""

    def __init__(self, folder: Path, environment: dict[str, str], *, bare: bool = False) -> None:
        self._folder, self._environment, self._bare = folder, environment, bare
        self._server: Server | None = None
        self._count = 0
        self._under_way: list[Process] = []

    def server(self) -> Server:
        if self._server is not None and self._server.program.poll() is not None:
            self.end()
        if self._server is None:
            server = self._server = Server(self._environment, bare=self._bare)
            server.wait_until(lambda: server.ready)
        return self._server

    def start(
        self,
        *argv: Any,
        terminal: str | None = None,
        memory: int | None = None,
        pause: tuple[str, int] | None = None,
        plain: bool = False,
        cwd: Path | None = None,
        stdout: Path | None = None,
        frugal: tuple[int, int] | None = None,
    ) -> Process:
        """Begin a command; `pause` is the ending of a path and the count of its renaming.

        A `frugal` one may take so many bytes of addresses more, and seconds of a processor.

        A `plain` one has no rights of the superuser and ends with LOADED (see fork_server.py)
        instead of loading TensorFlow.
        """
        server = self.server()
        self._count += 1
        output = self._folder / f"output-{self._count}.txt"
        output.touch()
        process = server.processes[self._count] = Process(server, self._count, output)
        self._under_way.append(process)
        place = str(cwd or self._folder)
        job = {"argv": [str(a) for a in argv], "cwd": place, "output": str(output)}
        how = {"terminal": terminal, "memory": memory, "pause": pause, "plain": plain}
        how["frugal"] = frugal
        how["stdout"] = str(stdout) if stdout is not None else None
        server.send({"job": self._count, **job, **how})
        return process

    def tidy(self) -> None:
        """End what a test has left under way."""
        for process in self._under_way:
            process.end()
        self._under_way.clear()

    def end(self) -> None:
        if self._server is not None:
            self._server.end()
            self._server = None


def environment(cache: Path) -> dict[str, str]:
    """Return what forked commands find in their environment: a cache of their own."""
    return {**os.environ, "XDG_CACHE_HOME": str(cache)}
