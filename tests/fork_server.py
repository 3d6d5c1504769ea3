"""Real processes for killing, without the seconds that TensorFlow takes to import in each.

This process imports TensorFlow once (and does not use it, so that it can be forked; `--bare`
leaves it out), then runs each command line that it is given in a process of its own, which it
forks. It is the only one that knows whether such a process is still there, so signals go
through it, too: one for a process that has ended goes nowhere.

One JSON document a line, and each line bears the number of its job. In, to begin one:
{"job": N, "argv": [...], "cwd": DIR, "output": FILE, "terminal": DEVICE|null,
 "memory": BYTES|null, "pause": [ENDING, COUNT]|null, "plain": BOOL,
 "stdout": FILE|null, "frugal": [BYTES, SECONDS]|null}.
{"job": N, "signal": N} sends a signal. With a terminal the process has it as its controlling one,
and writes to it instead of the file; with memory it gets no more addresses than that; with a
pause it stops (SIGSTOP) just before the COUNT-th time that it renames something to a path with
that ending. A frugal one gets so many more addresses than it has when it is forked, and so many
seconds of a processor. A plain one has no rights of the superuser, and ends with LOADED instead
of loading TensorFlow.
Out: {"job": N, "paused": true} when it has stopped, {"job": N, "code": C} when it has ended, C
negative for a signal.
"""

import ctypes
import json
import os
import resource
import selectors
import signal
import sys
from pathlib import Path
from typing import NoReturn

from cnncli.cli import leave, main
from cnncli.network.backend import load_keras
from cnncli.registry import COMMANDS

LOADED = 77  # the exit code of a plain process that would have loaded TensorFlow
CAPABILITIES = 0x20080522  # the version of the structures below


def be_frugal(more: int, seconds: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def child(job: dict) -> NoReturn:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the caller may ignore it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if job["terminal"]:
        os.setsid()
        output = os.open(job["terminal"], os.O_RDWR)  # the first one opened is the controlling one
        os.dup2(output, 0)
    else:
        output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(job["stdout"], os.O_WRONLY) if job["stdout"] else output, 1)
    os.dup2(output, 2)
    if job["memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    if job["frugal"]:
        be_frugal(*job["frugal"])
    if job["pause"]:
        pause_at(*job["pause"])
    if job["plain"]:
        give_up_rights()
        sys.addaudithook(end_at_tensorflow)
    os.chdir(job["cwd"])
    sys.stdin = os.fdopen(0)
    sys.stdout = os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w")
    leave(main(job["argv"]))


def give_up_rights() -> None:
    """Let file modes count for this process, even where it belongs to the superuser."""
    if os.geteuid() == 0:
        header, none = (ctypes.c_uint32 * 2)(CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None).capset(header, none) == 0


def end_at_tensorflow(event: str, arguments: tuple) -> None:
    if event == "import" and arguments[0] in ("tensorflow", "keras"):
        os._exit(LOADED)


def pause_at(ending: str, count: int) -> None:
    """Let this process stop before the `count`-th time that it renames something to such a path."""
    left = count

    def watch(event: str, arguments: tuple) -> None:
        nonlocal left
        if event == "os.rename" and os.fsdecode(arguments[1]).endswith(ending):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGSTOP)

    sys.addaudithook(watch)


class Server:
    """The loop over what comes in, and over what becomes of the processes."""

    def __init__(self) -> None:
        self.jobs: dict[int, int] = {}  # by process
        self.out = os.fdopen(os.dup(1), "w")
        self.woken, waking = os.pipe()
        os.set_blocking(self.woken, False)
        os.set_blocking(waking, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for pytest

    def say(self, **document: object) -> None:
        print(json.dumps(document), file=self.out, flush=True)

    def serve(self) -> None:
        self.say(ready=True)
        waiting = selectors.DefaultSelector()
        waiting.register(0, selectors.EVENT_READ)
        waiting.register(self.woken, selectors.EVENT_READ)
        pending = b""
        while True:
            for key, _ in waiting.select():
                if key.fd == self.woken:
                    os.read(self.woken, 4096)
                    self.collect()
                    continue
                part = os.read(0, 65536)
                if not part:
                    return
                *lines, pending = (pending + part).split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))

    def obey(self, job: dict) -> None:
        if "signal" in job:
            for process in [p for p, number in self.jobs.items() if number == job["job"]]:
                os.kill(process, job["signal"])
            return
        process = os.fork()
        if process == 0:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                self.out.close()  # so that the end of the server can be heard
                child(job)
            finally:
                os._exit(99)  # a fault of the tests
        self.jobs[process] = job["job"]

    def collect(self) -> None:
        """Say what became of the processes; each is known until this is said."""
        for process in list(self.jobs):
            found, status = os.waitpid(process, os.WNOHANG | os.WUNTRACED)
            if not found:
                continue
            if os.WIFSTOPPED(status):
                self.say(job=self.jobs[process], paused=True)
            else:
                self.say(job=self.jobs.pop(process), code=os.waitstatus_to_exitcode(status))

    def end(self) -> None:
        for process in self.jobs:
            os.kill(process, signal.SIGKILL)


def load(*, bare: bool) -> None:
    """Import once what many commands would import in each process."""
    for entry in COMMANDS:
        entry.load()
    import cv2  # noqa: F401
    import matplotlib.figure  # noqa: F401

    if not bare:
        load_keras()
        import sklearn.metrics
        import sklearn.model_selection  # noqa: F401


if __name__ == "__main__":
    load(bare="--bare" in sys.argv)
    server = Server()
    try:
        server.serve()
    finally:
        server.end()
