"""`process.apart`: a call in a process of its own, whatever becomes of it."""

from __future__ import annotations

import math
import os
import signal

import pytest

from cnncli.errors import CnncliError, UsageError
from cnncli.process import apart


def refuse(text: str) -> None:
    raise UsageError(text, hint="Do something else.")


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def test_results_and_errors_come_back():
    assert apart(math.hypot, 3.0, 4.0) == 5.0
    assert apart(os.getpid) != os.getpid()
    with pytest.raises(UsageError, match="not this") as raised:
        apart(refuse, "not this")
    assert raised.value.hint == "Do something else."


def test_a_process_that_dies_is_an_error_with_its_reason():
    with pytest.raises(CnncliError, match="memory runs out"):
        apart(die, signal.SIGKILL)
    with pytest.raises(CnncliError, match=r"with exit code 3"):
        apart(os._exit, 3)
