"""`process.apart` and `process.kept`: calls in a process of their own, whatever becomes of it."""

from __future__ import annotations

import math
import os
import signal

import pytest

from cnncli.errors import CnncliError, UsageError
from cnncli.process import apart, kept


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


class Adder:
    def __init__(self, start: int) -> None:
        self.sum = start

    def __call__(self, number: int) -> tuple[int, int]:
        if number < 0:
            die(signal.SIGKILL)
        self.sum += number
        return os.getpid(), self.sum


def test_a_process_that_is_kept_remembers_and_ends_with_the_block():
    with kept(Adder, 10) as one, kept(Adder, 20) as other:
        (first, a), (second, b), (again, c) = one(1), other(2), one(3)
        assert (a, b, c) == (11, 22, 14)
        assert first == again != second
        with pytest.raises(CnncliError, match="memory runs out"):
            one(-1)
        with pytest.raises(CnncliError, match="memory runs out"):
            one(1)
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    with kept(refuse, "not this") as nothing, pytest.raises(UsageError, match="not this"):
        nothing()
