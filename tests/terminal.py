"""A terminal for what is printed in process: a pseudo-terminal in the place of stdout."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import sys
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
