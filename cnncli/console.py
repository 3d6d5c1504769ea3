"""What a person sees: results on stdout; notes, progress and errors on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

from cnncli.visible import LINES, visible

if TYPE_CHECKING:
    from rich.console import Console

    from cnncli.errors import CnncliError

# Wide enough that Rich never breaks or shortens a line that goes into a file or a pipe.
UNLIMITED_WIDTH = 100_000
KEPT = "\xa0±\xa0"  # a number and how well it is known stand in one line
CLEAR = "\r\x1b[K"  # the line that the cursor stands in
CLEAR_BELOW = "\r\x1b[J"  # that, and all lines below it


@dataclass
class Settings:
    """The global options of this call, and the status that stands on the terminal now."""

    quiet: bool = False
    verbose: bool = False
    status: str = ""


settings = Settings()


def reset() -> None:
    """Forget the settings of an earlier call in the same process."""
    settings.quiet = settings.verbose = False
    settings.status = ""


def is_terminal(stream: TextIO) -> bool:
    """Whether a person sits at the other end."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def stdout() -> Console:
    """Return the Rich console of results: coloured and folded on a terminal only."""
    return _console(sys.stdout)


def stderr() -> Console:
    """Return the Rich console of notes, progress and errors."""
    return _console(sys.stderr)


def is_dumb() -> bool:
    """Whether the terminal says that it knows no orders: then only plain lines go to it."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def is_lively(stream: TextIO) -> bool:
    """Whether lines on `stream` may be coloured, and be wiped out and written again."""
    return is_terminal(stream) and not is_dumb()


def lacks_lines() -> bool:
    """Whether the locale of stdout may lack the lines that tables are drawn with."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return not encoding.lower().startswith("utf")


def _console(stream: TextIO) -> Console:
    made = _console_class()
    if not is_terminal(stream):
        return made(file=stream, width=UNLIMITED_WIDTH, color_system=None, legacy_windows=False)
    return made(file=stream, highlight=False, width=columns(stream))


@cache
def _console_class() -> type[Console]:
    from rich.console import Console
    from rich.segment import Segment

    class SafeConsole(Console):
        """A console on which text gives no orders, whatever it was made of."""

        def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
            for segment in super().render(renderable, options):
                if segment.control:
                    yield segment
                else:
                    yield segment._replace(text=visible(segment.text, keep=LINES))

    return SafeConsole


def width() -> int | None:
    """Return the columns of the terminal that the result goes to; None where it goes elsewhere."""
    return stdout().width if is_terminal(sys.stdout) else None


def columns(stream: TextIO) -> int:
    """Return the columns of a terminal; 80 where it does not know them, and says 0."""
    told = os.environ.get("COLUMNS", "")
    try:
        known = int(told) if told.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        known = 0
    return known or 80


def result(text: str, *, folds: bool = False) -> None:
    """Print a line (or lines) of the result: as it is, but what a terminal would obey.

    Of prose that `folds`, long lines break between words on a terminal.
    """
    if not is_terminal(sys.stdout):
        sys.stdout.write(_ended(text))
        return
    text = visible(text, keep=LINES)
    with _aside():
        sys.stdout.write(_ended(_broken(text, sys.stdout) if folds else text))
        sys.stdout.flush()


def begin_line() -> None:
    """Begin a line of its own, where a process that was killed may have left one half written.

    A row of blanks goes on in the next line, unless the cursor stands at the beginning of one.
    """
    if is_lively(sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(" " * columns(sys.stderr) + CLEAR_BELOW)
            sys.stderr.flush()


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


@contextlib.contextmanager
def _aside() -> Iterator[None]:
    """Take the status from its line, and show it again below what is printed meanwhile."""
    standing = settings.status
    with contextlib.suppress(OSError, ValueError):  # a closed stderr must not lose the result
        sys.stderr.write(CLEAR if standing else "")
        sys.stderr.flush()
    yield
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(standing)
        sys.stderr.flush()


def json_result(document: Any) -> None:
    """Print one JSON document, indented for a person at a terminal; NaN and infinity are null."""
    from cnncli.json_text import dumps

    result(dumps(document, indent=2))


def say(text: str, *, before: str = "") -> None:
    """Print a line on stderr, quiet or not; on a terminal it breaks between words.

    What a terminal would obey is shown instead, but in `before`, which is ours.
    """
    text = before + visible(text, keep=LINES)
    with contextlib.suppress(OSError, ValueError):  # a closed stderr must not hide the exit code
        standing = settings.status
        sys.stderr.write((CLEAR if standing else "") + _broken(text, sys.stderr) + "\n" + standing)
        sys.stderr.flush()


def _broken(text: str, stream: TextIO) -> str:
    """Break the lines of `text` between words, where a terminal would break within one."""
    if not is_terminal(stream):
        return text
    room = columns(stream)
    if all(len(line) <= room for line in text.splitlines()):
        return text
    import textwrap

    # Lines that are indented are laid out already: a source line with its caret, a command.
    return "\n".join(
        line
        if line.startswith(" ") or len(line) <= room
        else textwrap.fill(
            line.replace(" ± ", KEPT), room, break_long_words=False, break_on_hyphens=False
        ).replace(KEPT, " ± ")
        for line in text.splitlines()
    )


def note(text: str) -> None:
    """Tell something worth knowing, unless --quiet."""
    if not settings.quiet:
        say(text)


def warn(text: str) -> None:
    """Warn of something that may spoil the result; said even with --quiet."""
    say(text, before=_style("warning:", "33") + " ")


def fail(message: str, *, hint: str | None = None) -> None:
    """Print an error, on a line of its own whatever it names, and what to do about it."""
    say(visible(message) + (f"\n{hint}" if hint else ""), before=_style("error:", "1;31") + " ")


def error(fault: CnncliError) -> None:
    """Print a fault that the user can mend: problems of a spec one by one, others as one line."""
    if hasattr(fault, "problems"):
        say(fault.message)
    else:
        fail(fault.message, hint=fault.hint)


def _style(text: str, code: str) -> str:
    if is_lively(sys.stderr) and not os.environ.get("NO_COLOR"):
        return f"\x1b[{code}m{text}\x1b[0m"
    return text


@contextlib.contextmanager
def status(text: str) -> Iterator[None]:
    """Show `text` on a terminal while something takes its time; it goes when that is done.

    Plain characters, not Rich: it stands there at once, before anything is imported.
    """
    shown = is_lively(sys.stderr) and not settings.quiet
    if shown:
        settings.status = f"{visible(text)} ..."
        sys.stderr.write(settings.status)
        sys.stderr.flush()
    try:
        yield
    finally:
        if shown:
            settings.status = ""
            sys.stderr.write(CLEAR)
            sys.stderr.flush()
