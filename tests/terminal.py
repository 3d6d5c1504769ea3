"""Pseudo-terminals: one for what is printed in process, and one for another process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Terminal:
    """What a terminal showed, without its colours."""

    shown: str = ""
    raw: str = ""


@contextlib.contextmanager
def terminal(columns: int, stream: str = "stdout") -> Iterator[Terminal]:
    """Let `sys.stdout` (or `sys.stderr`) be a terminal; what it showed is known afterwards.

    Enough for a few kilobytes: nobody reads while the block runs.
    """
    shown = Terminal()
    master, slave = pty.openpty()
    tty.setraw(slave)
    with pytest.MonkeyPatch.context() as patch, os.fdopen(slave, "w") as screen:
        patch.setenv("COLUMNS", str(columns))
        patch.setattr(sys, stream, screen)
        yield shown
        screen.flush()
        os.set_blocking(master, False)
        parts = []
        with contextlib.suppress(BlockingIOError):
            while part := os.read(master, 65536):
                parts.append(part)
        shown.raw = b"".join(parts).decode()
        shown.shown = ESCAPE.sub("", shown.raw)
    os.close(master)


class Screen:
    """A terminal of 80 columns, whose other end this is."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.name = os.ttyname(self._theirs)
        self._said = bytearray()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # the other end was closed
            while part := os.read(self._ours, 65536):
                self._said.extend(part)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def said(self) -> str:
        """Return all that was shown, once nobody writes to the terminal any more."""
        os.close(self._theirs)
        self._listener.join()
        os.close(self._ours)
        return self._said.decode()
