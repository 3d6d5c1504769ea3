"""A command in a terminal of a given width."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

from tests.conftest import ROOT

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(columns: int, *argv: str, **environment: str) -> str:
    """Run a command in a terminal of `columns`; return what it shows."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    child = subprocess.Popen(
        [sys.executable, "-m", "cnncli", *argv],
        stdin=slave,
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env=env | {"TERM": "xterm-256color"} | environment,
        cwd=ROOT,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    assert child.wait() == 0
    return shown.decode().replace("\r\n", "\n")
