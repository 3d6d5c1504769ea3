"""What can go wrong, and with which exit code the process then ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from cnncli.visible import visible


class ExitCode(IntEnum):
    """The exit codes of every command; scripts rely on them."""

    DONE = 0
    FAILED = 1  # could not be done: unreadable data, a full disk, a model that does not fit
    USAGE = 2  # wrong usage, or an error in a spec
    BUG = 3  # a fault of ours; its traceback is shown
    INTERRUPTED = 130  # Ctrl-C
    TERMINATED = 143  # SIGTERM


class CnncliError(Exception):
    """A fault that a user can mend: its text is the whole message, without a traceback.

    `hint` says what to do about it, as a sentence of its own.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CnncliError):
    """An option or argument whose value cannot be meant."""

    exit_code = ExitCode.USAGE


class DataError(CnncliError):
    """Images, folders or tables that cannot be used."""


class ModelError(CnncliError):
    """A network that cannot be built, loaded or trained."""


class NotInstalledError(CnncliError):
    """A package that only some need, and that is not there."""


class Terminated(BaseException):
    """SIGTERM reached the process; like KeyboardInterrupt, no `except Exception` catches it."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a spec file, and where.

    `line` and `column` count from 1 (None where the file as a whole is meant), `width` is the
    number of characters that a caret underlines, `source` the text of that line.
    """

    file: str
    line: int | None
    column: int | None
    message: str
    hint: str | None = None
    severity: str = "error"
    source: str | None = None
    width: int = 1

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = visible(f"{place}: {self.severity}: {self.message}")
        if self.source is None or self.line is None or self.column is None:
            return f"{text}\n  {self.hint}" if self.hint else text
        number = f"{self.line:>4} | "
        # Tabs are kept, so that the caret stands under its word whatever their width.
        before = visible(self.source[: self.column - 1], keep="\t")
        lead = "".join("\t" if c == "\t" else " " for c in before)
        caret = f"{' ' * (len(number) - 2)}| {lead}{'^' * max(1, self.width)}"
        quoted = visible(self.source, keep="\t")
        return f"{text}\n{number}{quoted}\n{caret}" + (f"  {self.hint}" if self.hint else "")


class SpecError(CnncliError):
    """Everything that is wrong in a spec, all at once."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
