"""The one place that loads TensorFlow, and keeps its chatter off the terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from cnncli.errors import ModelError


def load_keras(*, verbose: bool = False) -> Any:
    """Import TensorFlow and return the module `keras`; later calls return at once.

    Raises ModelError when TensorFlow cannot be imported, with what it said.
    """
    if "keras" not in sys.modules:
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        if not verbose:
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        try:
            with _ctrl_c_prevails(), contextlib.nullcontext() if verbose else _stderr_diverted():
                import keras
                import tensorflow  # noqa: F401
        except ImportError as error:
            raise ModelError(
                f"TensorFlow cannot be imported: {error}",
                hint="Install cnncli again in a fresh environment: pip install cnncli",
            ) from error
    import keras

    return keras


@contextlib.contextmanager
def _ctrl_c_prevails() -> Iterator[None]:
    """Raise KeyboardInterrupt for Ctrl-C, whatever an import under way makes of it.

    TensorFlow's modules turn it into an ImportError, or swallow it where C code calls Python.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # nohup, `cnncli ... &`
        yield
        return
    pressed = False

    def press(signum: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


@contextlib.contextmanager
def _stderr_diverted() -> Iterator[None]:
    """Send file descriptor 2 to a temporary file; show what came when the block fails.

    The environment variables alone leave four lines of TensorFlow's on the terminal.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as chatter:
        os.dup2(chatter.fileno(), 2)
        try:
            yield
        except Exception:
            os.dup2(saved, 2)
            chatter.seek(0)
            os.write(2, chatter.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """Throw away what libraries write on file descriptor 2, whatever becomes of the block."""
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)
