"""Processes that are forked, and do not outlive the one that forked them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

from cnncli.process import end_with


def fork() -> int:
    """Fork; the new process goes on from here, too, and gets 0.

    It is out of reach of Ctrl-C, which is to be passed on to it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        end_with(parent)
        if sys.platform != "linux":
            threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    return child


def _end_after(parent: int) -> None:
    """Kill this process when its parent has gone, where the system does not do it."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGKILL)
