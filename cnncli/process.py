"""What surrounds a command in its process: standard streams, SIGTERM, and helpers of its own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from cnncli import letters
from cnncli.errors import CnncliError, Terminated

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Result = TypeVar("Result")
_PR_SET_PDEATHSIG = 1


def open_streams() -> None:
    """Give Python streams where the caller closed them (`>&-`, `<&-`), to write any text to."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 (as long as the process)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 (as long as the process)
    letters.register()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=letters.NAME)


@contextlib.contextmanager
def sigterm_raises() -> Any:
    """Turn SIGTERM into an exception, so that files under way are cleaned up.

    Where it is ignored when the process begins, it stays so.
    """

    def terminate(signum: int, frame: FrameType | None) -> None:
        raise Terminated

    if signal.getsignal(signal.SIGTERM) == signal.SIG_IGN:
        yield
        return
    try:
        before = signal.signal(signal.SIGTERM, terminate)
    except ValueError:  # not in the main thread: a caller of `main` keeps its own handling
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def end_with(parent: int) -> None:
    """Let the system kill this process when the one that began it is killed (Linux).

    It would go on alone otherwise, and be in the way of a resume. Other systems cannot; there
    `end_with_caller` does it, a moment later.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was killed in between
            os._exit(1)


def end_with_caller() -> None:
    """Kill this process as soon as the one that began it is gone, however that ended.

    It holds the other end of our stdin, which the system closes with it. Nothing is to be read
    there afterwards.
    """
    import threading

    watched, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_kill_at_end_of, args=(watched,), daemon=True).start()


def _kill_at_end_of(descriptor: int) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # those are for the main one
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def drop_stdout() -> None:
    """Let what is still buffered go nowhere, or Python complains of it at its exit."""
    with contextlib.suppress(OSError, ValueError):
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)


def apart(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function of a module in a new process, and return its result.

    What it takes of memory, and what it imports, ends with it. What it raises is raised here; a
    process that dies is a CnncliError. The process never outlives this call.
    """
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(sender, function, arguments), daemon=True)
    child.start()
    sender.close()  # so that the end of the child is the end of the pipe
    try:
        answer: Result = _received(receiver, child)
        child.join()
    finally:
        child.kill()
        receiver.close()
    return answer


@contextlib.contextmanager
def kept(
    begin: Callable[..., Callable[..., Result]], *arguments: Any
) -> Iterator[Callable[..., Result]]:
    """Yield a function that is called in a process of its own: the one that `begin` returns there.

    It is begun by its first call. The process waits between calls, and ends with the block;
    what is raised there is raised here, as `apart` does.
    """
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(theirs, begin, arguments), daemon=True)
    child.start()
    theirs.close()

    def call(*given: Any) -> Result:
        with contextlib.suppress(BrokenPipeError):  # the answer says how it ended
            ours.send(given)
        answer: Result = _received(ours, child)
        return answer

    try:
        yield call
    finally:
        child.kill()
        child.join()
        ours.close()


def _received(connection: Connection, child: BaseProcess) -> Any:
    try:
        done, answer = connection.recv()
    except (EOFError, ConnectionResetError):  # of one that died with a question unread
        child.join()
        said = f"a process of its own {how_it_ended(child.exitcode)}, without an answer"
        raise CnncliError(said) from None
    if not done:
        raise answer
    return answer


def _serve(connection: Connection, begin: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    function: Callable[..., Any] | None = None
    while True:
        given = connection.recv()
        try:
            function = function or begin(*arguments)
            connection.send((True, function(*given)))
        except Exception as error:
            connection.send((False, error))


def _answer(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    # Ctrl-C reaches all processes of a terminal; the one that waits for this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sender.send((True, function(*arguments)))
    except Exception as error:
        sender.send((False, error))


def how_it_ended(code: int | None) -> str:
    """Return how a process ended that has not said so itself; a negative code is a signal."""
    if code == -signal.SIGKILL:
        return "was killed, as the system does when memory runs out"
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
