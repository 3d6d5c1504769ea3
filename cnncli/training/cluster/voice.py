"""Who tells of a failure: workers that share one terminal would tell the same one each."""

from __future__ import annotations

import os


class Voice:
    """The right to tell it, of which those that `--workers` has started share one."""

    def __init__(self, shared: int | None = None) -> None:
        self._shared = shared

    @classmethod
    def shared(cls) -> Voice:
        """Return one that is shared with all processes that are forked from here on."""
        mine, theirs = os.pipe()
        os.write(theirs, b".")
        os.close(theirs)
        return cls(mine)

    def is_mine(self) -> bool:
        """Whether nobody has told anything yet; nobody else will, then."""
        return self._shared is None or os.read(self._shared, 1) != b""
