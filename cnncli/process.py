"""What surrounds a command in its process: standard streams, and SIGTERM."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from cnncli.errors import Terminated


def open_streams() -> None:
    """Give Python streams where the caller closed them (`>&-`, `<&-`), to write any text to."""
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open()  # noqa: SIM115 (as long as the process)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 (as long as the process)
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error("cnncli", _faithful)
        sys.stdout.reconfigure(errors="cnncli")


def _faithful(error: UnicodeError) -> tuple[bytes, int]:
    """Encode what a locale has no letters for: a path with the bytes that it has, else escaped."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    escaped = [
        bytes([ord(each) - 0xDC00])
        if "\udc80" <= each <= "\udcff"
        else each.encode("ascii", "backslashreplace")
        for each in error.object[error.start : error.end]
    ]
    return b"".join(escaped), error.end


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


def drop_stdout() -> None:
    """Let what is still buffered go nowhere, or Python complains of it at its exit."""
    with contextlib.suppress(OSError, ValueError):
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)
