"""Where a command writes a picture or a file: `-o`, a name of its own, or standard output.

The place is chosen and tried before the work begins; the file appears whole, at the end. What is
no file (a device, a FIFO, /dev/fd/63) is written through, as `files` does it for all.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cnncli import console, files
from cnncli.errors import DataError, UsageError

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
    if output.is_file() and not files.is_stream(output) and not force:
        raise UsageError(f"{output} exists", hint="Add --force to overwrite it.")
    _try(output)
    return Destination(output, output.suffix.lower() or suffix)


def choose_folder(output: Path | None, *, force: bool, default: str, holds: str) -> Destination:
    """Return where to write a folder that `holds` a file of that name, as all of its kind do.

    As `choose`; with `force` only a folder of that kind is replaced.
    """
    if output == STDOUT or (output is not None and files.is_stream(output)):
        raise UsageError("a folder cannot go to standard output", hint="Name it: -o FOLDER")
    path = free_name(Path(default)) if output is None else output
    if path.is_dir() and any(path.iterdir()):
        if not force:
            raise UsageError(f"{path} exists", hint="Add --force to overwrite it.")
        if not (path / holds).is_file():
            raise UsageError(f"{path} holds no {holds}, so --force leaves it alone")
    elif path.is_file():
        raise UsageError(f"{path} is a file, and this format is a folder")
    elif not path.is_dir():
        _try(path)
    return Destination(path, "", chosen=output is None)


def named_stdout(path: Path | None) -> Path | None:
    """Return `-` for /dev/stdout and /dev/fd/1, which mean the same."""
    return STDOUT if path is not None and files.descriptor(path) == 1 else path


def says_a_format(output: Path | None) -> bool:
    """Whether the ending of `-o` chooses the format; streams need none."""
    if output is None or output == STDOUT:
        return False
    return bool(output.suffix) or not files.is_stream(output)


def free_name(path: Path) -> Path:
    """Return `path`, or the first of path-2, path-3, ... that nothing has yet."""
    if not os.path.lexists(path):
        return path
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(candidate for candidate in numbered if not os.path.lexists(candidate))


@contextlib.contextmanager
def writing(destination: Destination, *, as_folder: bool = False) -> Iterator[Path]:
    """Give a path to write to; once the block is done, the file stands at its destination.

    With `as_folder` it is a folder.

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
    sys.stdout.flush()  # so that what comes behind it stands behind it, where both go to one place
    is_stream = files.is_stream(path)
    with (files.replacing_folder if as_folder else files.replacing)(path) as temporary:
        yield temporary
    if destination.chosen:
        console.result(str(path))
    elif not is_stream:
        console.note(f"Wrote {path}")


def _try(path: Path) -> None:
    """Raise DataError where nothing can be written, before anything is computed for it."""
    if reason := files.why_not(path):
        raise DataError(f"{path} cannot be written: {reason}")
