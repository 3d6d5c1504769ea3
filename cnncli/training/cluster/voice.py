"""Who tells of a failure: workers that share one terminal would tell the same one each.

Nor may one of them write into what another shows there. So the chief alone, whose display it is,
tells for itself; what ends the others is told by the process that started them, when all have gone.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import time
import traceback
from dataclasses import dataclass

from cnncli.errors import CnncliError

DRAINED = 5.0  # seconds in which what was handed over has come through


@dataclass(frozen=True)
class Voice:
    """The right to tell it, of which those that `--workers` has started share one.

    `turn` and `told` are pipes: to read who is the first, and to write what is to be told.
    """

    turn: int | None = None
    told: int | None = None

    def is_mine(self) -> bool:
        """Whether nobody has told anything yet; nobody else will, then."""
        return self.turn is None or os.read(self.turn, 1) != b""

    def hand_over(self, error: BaseException) -> bool:
        """Let the process that started this one tell it; False where none has."""
        if self.told is None:
            return False
        if self.is_mine():
            with os.fdopen(os.dup(self.told), "wb") as pipe:
                pipe.write(_packed(error))
        return True


class Ear:
    """What workers hand over, as the process hears it that has started them."""

    def __init__(self) -> None:
        turn, first = os.pipe()
        os.write(first, b".")
        os.close(first)
        self._line, told = os.pipe()
        self.voice = Voice(turn, told)
        self._said = bytearray()
        self._is_open = True

    def only_listen(self) -> None:
        """Give up the own end, when all workers have theirs: then the line ends with them."""
        assert self.voice.told is not None
        os.close(self.voice.told)

    def listen(self, seconds: float) -> None:
        """Take what is handed over, for so long."""
        if not self._is_open:
            time.sleep(seconds)
        elif select.select([self._line], [], [], seconds)[0]:
            said = os.read(self._line, 65536)
            self._said += said
            self._is_open = bool(said)

    def heard(self) -> BaseException | None:
        """Wait for the end of the line, and return what was handed over."""
        end = time.monotonic() + DRAINED
        while self._is_open and time.monotonic() < end:
            self.listen(0.1)
        return pickle.loads(self._said) if self._said else None


def _packed(error: BaseException) -> bytes:
    """Return an error for another process, with the lines of its own if it is a fault of ours."""
    lines = "".join(traceback.format_exception(error))
    if isinstance(error, Exception) and not isinstance(error, CnncliError):
        error.add_note(lines)
    with contextlib.suppress(Exception):
        data = pickle.dumps(error)
        pickle.loads(data)
        return data
    return pickle.dumps(RuntimeError(lines))
