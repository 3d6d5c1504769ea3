"""Where a command writes a picture or a file: `-o`, a name of its own, or standard output.

The place is chosen and tried before the work begins; the file appears whole, at the end.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnncli import console
from cnncli.errors import DataError, UsageError
from cnncli.files import replacing

STDOUT = Path("-")


@dataclass(frozen=True)
class Destination:
    """Where to write: `path` is None for standard output; `suffix` names the format (".png").

    `chosen` tells that the name is ours and not the user's, who must then be told.
    """

    path: Path | None
    suffix: str
    chosen: bool = False


def choose(output: Path | None, *, force: bool, default: str) -> Destination:
    """Return where to write: what `-o` says, or `default` ("image-sobel.png") where one stands.

    A default name that is taken gets a number: image-sobel-2.png. Raises UsageError for a file
    that exists without `force`, DataError for a place that cannot be written.
    """
    suffix = Path(default).suffix
    if output == STDOUT:
        if console.is_terminal(sys.stdout) and suffix not in (".csv", ".json", ".txt"):
            raise UsageError(
                f"-o - would write a {suffix} file to the terminal",
                hint=f"Send it somewhere: cnncli ... -o - > {default}",
            )
        return Destination(None, suffix)
    if output is None:
        path = free_name(Path(default))
        _try(path)
        return Destination(path, suffix, chosen=True)
    if output.is_dir():
        raise UsageError(f"-o {output} is a folder", hint=f"Name a file: -o {output / default}")
    if output.is_file() and not force:
        raise UsageError(f"{output} exists", hint="Add --force to overwrite it.")
    _try(output)
    return Destination(output, output.suffix.lower() or suffix)


def free_name(path: Path) -> Path:
    """Return `path`, or the first of path-2, path-3, ... that nothing has yet."""
    if not os.path.lexists(path):
        return path
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(candidate for candidate in numbered if not os.path.lexists(candidate))


@contextlib.contextmanager
def writing(destination: Destination) -> Iterator[Path]:
    """Give a path to write to; once the block is done, the file stands at its destination.

    A name of our own is printed on stdout, a name that the user gave is told on stderr.
    """
    if destination.path is None:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            temporary = Path(folder, f"stdout{destination.suffix}")
            yield temporary
            sys.stdout.flush()
            sys.stdout.buffer.write(temporary.read_bytes())
            sys.stdout.buffer.flush()
        return
    path = destination.path
    if path.exists() and not path.is_file():  # a device or a pipe: nothing to replace
        yield path
        return
    with _named(path), replacing(path) as temporary:
        yield temporary
    if destination.chosen:
        console.result(str(path))
    else:
        console.note(f"Wrote {path}")


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the file's own name into what the system refuses: a full disk comes without one."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def _try(path: Path) -> None:
    """Raise DataError where no file can be written, before anything is computed for it."""
    folder = path.parent
    if not folder.is_dir():
        reason = "is not a folder" if folder.exists() else "does not exist"
        raise DataError(f"{path} cannot be written: {folder} {reason}")
    if path.exists() and not path.is_file():
        writable = os.access(path, os.W_OK)
    else:
        writable = os.access(folder, os.W_OK | os.X_OK)
    if not writable:
        raise DataError(f"{path} cannot be written: permission denied")
